"""What must come out at every proxy. One expected column for all; EXCEPTIONS says where a proxy cannot, and why."""

import functools
import hashlib
import http.client
import json
import operator
import threading
import time

from client import ask, connect, websocket
from entra_id import EntraId
from service import LINK
from world import wait_for

CASES = []
CLAIM_HEADERS = ["x-auth-subject", "x-auth-scopes", "x-auth-roles"]
ATTACK = "an-attacker"


def case(expected):
    """A case is a function that gets the world and returns what was seen. The function's name says what the case is about."""

    def register(function):
        CASES.append((function.__name__.replace("_", " "), expected, function))
        return function

    return register


def bearer(token):
    return [("authorization", f"Bearer {token}")]


def refusal(answer):
    """Status, challenge, whether there is a Retry-After, and the body."""
    parts = [str(answer.status)]
    for challenge in answer.all("www-authenticate"):
        parts.append(challenge.split(", error_description")[0])
    if answer.header("retry-after").isdigit():
        parts.append("Retry-After")
    if answer.body.startswith(b"<html>"):
        parts.append("a page of its own")
    elif answer.body:
        parts.append(f"body {answer.body.decode()}")
    if answer.reached:
        parts.append("THE SERVICE WAS REACHED")
    return ", ".join(parts)


def under(top="", tables=""):
    """Runs a case with more settings, and puts the usual ones back."""

    def decorate(function):
        @functools.wraps(function)
        def with_settings(world):
            world.configure(top, tables)
            world.reload()
            try:
                return function(world)
            finally:
                world.configure()
                world.reload()

        return with_settings

    return decorate


# The order matters: a gateway begins without keys, and what changes its settings comes last.


@case("503, Retry-After")
def a_token_while_there_are_no_keys(world):
    return refusal(ask(world.port, bearer(world.token())))


@case("200")
def the_same_once_there_are_keys(world):
    world.heal()
    token = world.token()
    wait_for(lambda: ask(world.port, bearer(token)).status != 503, "the keys")
    return str(ask(world.port, bearer(token)).status)


@case("the-user | tasks.read tasks.write | admin,auditor")
def the_claim_headers_of_a_good_token(world):
    token = world.token({"roles": ["admin", "auditor"]}, scope="tasks.read tasks.write")
    answer = ask(world.port, bearer(token))
    return " | ".join(",".join(answer.received(name)) for name in CLAIM_HEADERS)


@case("['']")
def a_claim_header_without_its_claim(world):
    return str(ask(world.port, bearer(world.token())).received("x-auth-roles"))


@case("401, Bearer")
def no_token(world):
    return refusal(ask(world.port))


@case('401, Bearer error="invalid_token"')
def an_expired_token(world):
    claims = {"iat": 1_500_000_000, "nbf": 1_500_000_000, "exp": 1_500_003_600}
    return refusal(ask(world.port, bearer(world.token(claims))))


@case('401, Bearer error="invalid_token"')
def a_token_for_somebody_else(world):
    return refusal(ask(world.port, bearer(world.token(audience="somebody-else"))))


@case('400, Bearer error="invalid_request"')
def two_tokens(world):
    return refusal(ask(world.port, bearer(world.token()) + bearer(world.token())))


@case('403, Bearer error="insufficient_scope"')
def a_token_without_the_scope(world):
    return refusal(ask(world.port, bearer(world.token(scope="tasks.none"))))


@case("200")
def a_token_of_16_kib(world):
    # Base64 makes four bytes of three.
    token = world.token({"padding": "x" * 11_300})
    assert 15_500 < len(token) <= 16_384, len(token)
    return str(ask(world.port, bearer(token)).status)


@case("200, 5999 bytes of roles")
def claims_of_6_kib(world):
    answer = ask(world.port, bearer(world.token({"roles": ["r" * 19] * 300})))
    length = len(answer.received("x-auth-roles")[0]) if answer.reached else 0
    return f"{answer.status}, {length} bytes of roles"


def claims_kept(world, headers, roles="r" * 6_000, **request):
    """The status, and whether the service gets all the claims of the token."""
    answer = ask(world.port, headers + bearer(world.token({"roles": [roles]})), **request)
    if not answer.reached:
        return str(answer.status)
    lost = [name for name in CLAIM_HEADERS if not "".join(answer.received(name))]
    return f"WITHOUT {', '.join(lost)}" if lost else f"{answer.status} with all claims"


@case("200 with all claims")
def connection_headers_that_name_claim_headers(world):
    values = ["x-auth-roles", "X-Auth-Subject, X-Auth-Roles", "close, x-auth-scopes", "keep-alive,X-AUTH-ROLES"]
    return said({claims_kept(world, [("connection", value)]) for value in values})


@case("4,000 bytes 200 with all claims; of longer ones none WITHOUT a claim")
def requests_that_fill_the_buffers(world):
    def padded(length):
        return claims_kept(world, [("x-padding", "x" * length)])

    lost = {padded(length) for length in range(8_000, 65_000, 2_000)}
    lost = {answer for answer in lost if answer.startswith("WITHOUT")}
    return f"4,000 bytes {padded(4_000)}; of longer ones {said(lost) or 'none WITHOUT a claim'}"


@case("200 with all claims; beside a large body none WITHOUT a claim")
def claims_of_20_kb(world):
    # Three bytes of a header for each byte of a claim that is not ASCII.
    roles = "\u00e9" * 3_400
    # How much of the body a proxy has read when the gateway's answer comes varies from try to try.
    tries = {claims_kept(world, [], roles=roles, method="POST", body=b"x" * 60_000) for _ in range(5)}
    lost = {answer for answer in tries if answer.startswith("WITHOUT")}
    return f"{claims_kept(world, [], roles=roles)}; beside a large body {said(lost) or 'none WITHOUT a claim'}"


@case("200")
def a_query_that_its_client_did_not_encode(world):
    return str(ask(world.port, bearer(world.token()), target='/tasks?filter={"name":"<b>"}').status)


def spellings(name):
    yield name
    yield name.upper()
    yield name.title()
    yield name.replace("-", "_")
    yield name.replace("-", "_").title()
    yield name[::-1].replace("-", "_", 1)[::-1]
    yield name.replace("-", "_", 1)


def attacks():
    for name in CLAIM_HEADERS:
        for spelling in spellings(name):
            yield [(spelling, ATTACK)]
            yield [(spelling, ATTACK), (spelling, ATTACK)]


@case("42 attacks, none arrives")
def a_clients_own_claim_headers(world):
    return attacked(world, bearer(world.token()))


def attacked(world, headers, **request):
    arrived = set()
    count = 0
    for attack in attacks():
        answer = ask(world.port, [*attack, *headers], **request)
        count += 1
        if answer.status != 200:
            return f"{attack[0][0]}: {refusal(answer)}"
        if ATTACK in answer.body.decode():
            arrived.add(attack[0][0])
    return f"{count} attacks, {', '.join(sorted(arrived)) or 'none'} arrive{'' if len(arrived) > 1 else 's'}"


@case("all 401; with a token all 200")
def paths_that_the_gateway_knows(world):
    paths = ["/livez", "/readyz", "/metrics", "/migration", "/.well-known/oauth-protected-resource", "/"]
    without = {ask(world.port, target=path).status for path in paths}
    token = bearer(world.token())
    answers = [ask(world.port, token, target=path) for path in paths]
    arrived = all(answer.reached and json.loads(answer.body)["target"] == path for answer, path in zip(answers, paths))
    within = {answer.status for answer in answers} if arrived else "not the service"
    return f"all {said(without)}; with a token all {said(within)}"


def said(statuses):
    return ", ".join(map(str, sorted(statuses))) if isinstance(statuses, set) else statuses


@case("200 200 200")
def three_requests_on_one_connection(world):
    connection = connect(world.port)
    token = bearer(world.token())
    statuses = [ask(world.port, token, connection=connection).status for _ in range(3)]
    connection.close()
    return " ".join(map(str, statuses))


@case("200 401 200")
def a_refusal_in_between(world):
    connection = connect(world.port)
    token = bearer(world.token())
    statuses = [ask(world.port, headers, connection=connection).status for headers in (token, [], token)]
    connection.close()
    return " ".join(map(str, statuses))


@case("101 hello; without a token 401")
def a_websocket(world):
    return f"{websocket(world.port, bearer(world.token()))}; without a token {websocket(world.port, [])}"


UPGRADES = [
    ["h2c"],
    ["H2C"],
    ["h2c, websocket"],
    ["websocket, h2c"],
    ["websocket", "h2c"],
    ["h2c", "websocket"],
    ["websocket/h2c"],
    ["another"],
]


@case("8 upgrades, none arrives but websocket")
def upgrades_to_another_protocol(world):
    """The service may know it, and the rest of the connection would then be a tunnel past the gateway."""
    world.service.upgrades.clear()
    for upgrades in UPGRADES:
        headers = [("connection", "Upgrade, HTTP2-Settings"), ("http2-settings", "AAMAAABkAAQAAP__"), ("sec-websocket-key", "AAAA")]
        headers += [("upgrade", upgrade) for upgrade in upgrades]
        answer = ask(world.port, headers + bearer(world.token()))
        assert answer.status in (101, 200, 400, 403), answer.status
    arrived = world.service.upgrades - {"websocket"}
    return f"{len(UPGRADES)} upgrades, {said(arrived) or 'none'} arrives but websocket"


@case("the same, the same")
def request_bodies(world):
    body = bytes(range(256)) * 512
    wanted = hashlib.sha256(body).hexdigest()
    token = bearer(world.token())
    whole = ask(world.port, token, method="POST", body=body)
    pieces = ask(world.port, token, method="POST", chunks=[body[at : at + 10_000] for at in range(0, len(body), 10_000)])
    seen = [json.loads(answer.body)["body"] if answer.reached else refusal(answer) for answer in (whole, pieces)]
    return ", ".join("the same" if digest == wanted else digest for digest in seen)


@case("GET HEAD POST PUT DELETE OPTIONS arrive")
def methods(world):
    token = bearer(world.token())
    names = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
    arrived = [name for name in names if ask(world.port, token, method=name, body=b"").reached]
    return f"{' '.join(arrived)} arrive"


@case("200")
def a_new_key(world):
    """The gateway does not know it yet: the request waits for it."""
    world.rotate()
    return str(ask(world.port, bearer(world.token())).status)


@case("503, Retry-After")
def a_new_key_while_the_identity_provider_hangs(world):
    world.fault("both", "hang")
    world.rotate()
    # Issued after the last fetch, so the document of that fetch cannot have had the token's key.
    token = world.token({"iat": int(time.time()) + 5})
    answer = refusal(ask(world.port, bearer(token)))
    world.heal()
    return answer


@case("200 and nothing else")
def settings_read_again_under_load(world):
    world.restart_gateway()
    token = bearer(world.token())
    wait_for(lambda: ask(world.port, token).status == 200, "the keys")
    statuses, stop = set(), threading.Event()
    answered = [0] * 4

    def load(at):
        connection = connect(world.port)
        try:
            while not stop.is_set():
                statuses.add(ask(world.port, token, connection=connection).status)
                answered[at] += 1
        except (OSError, http.client.HTTPException) as error:
            statuses.add(type(error).__name__)
            stop.set()
        connection.close()

    def wait_for_requests():
        """Two more of each thread: the second began after this call. Without them, the case could pass having asked almost nothing."""
        wanted = [count + 2 for count in answered]
        wait_for(lambda: stop.is_set() or all(map(operator.ge, answered, wanted)), "requests of each thread")

    threads = [threading.Thread(target=load, args=[at]) for at in range(len(answered))]
    for thread in threads:
        thread.start()
    try:
        wait_for_requests()
        for _ in range(5):
            world.reload()
            wait_for_requests()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    return f"{said(statuses)} and nothing else"


@case('401, Bearer error="invalid_token", body {"statusCode":401,"message":"Who are you?"}')
@under(tables='[refusal]\nstatus = 401\nmessage = "Who are you?"\n')
def a_refusal_with_a_body(world):
    return refusal(ask(world.port, bearer("nonsense")))


ROUTES = """
[[routes]]
path = "/public/**"
public = true

[[routes]]
path = "/admin/**"
roles = ["admin"]

[[routes]]
path = "/reports"
methods = ["GET"]
"""


@case("200; with a bad token 401; 42 attacks, none arrives")
@under(tables=ROUTES)
def a_public_path(world):
    public = ask(world.port, target="/public/x?y=z").status
    bad = ask(world.port, bearer("nonsense"), target="/public/x").status
    return f"{public}; with a bad token {bad}; {attacked(world, [], target='/public/x')}"


@case('GET 200, HEAD 200, POST 403, Bearer error="insufficient_scope"; without the role 403, Bearer error="insufficient_scope"')
@under(tables=ROUTES)
def methods_and_roles_of_a_route(world):
    token = bearer(world.token())
    get, head = (ask(world.port, token, method=method, target="/reports").status for method in ("GET", "HEAD"))
    post = refusal(ask(world.port, token, method="POST", target="/reports", body=b""))
    poor = refusal(ask(world.port, token, target="/admin"))
    return f"GET {get}, HEAD {head}, POST {post}; without the role {poor}"


# Spellings of paths by which a client that is not an admin must not get to /admin.
ESCAPES = [
    "/admin",
    "/admin/",
    "/%61dmin",
    "//admin",
    "/.//admin",
    "/public/../admin",
    "/public/./../admin",
    "/public//../admin",
    "/public/%2e%2e/admin",
    "/public/%2E%2E/admin",
    "/public/.%2e/admin",
    "/public/..%2fadmin",
    "/public%2f..%2fadmin",
    "/public/..%5cadmin",
    "/public/..\\admin",
    "/public\\..\\admin",
    "/public/..;/admin",
    "/public;/../admin",
    "/public/%252e%252e/admin",
    "/public/..%252fadmin",
    "/public/%c0%ae%c0%ae/admin",
    "/public/%u002e%u002e/admin",
    "/public/..%00/admin",
    "/public/..%0d%0a/admin",
    "/public/..%20/admin",
    "/public/..%23/../../admin",
    "/public/..%3f/../../admin",
    "/public#/../../admin",
    "/public/%",
]


@case("29 spellings, none arrives; with a token none arrives")
@under(tables=ROUTES)
def paths_that_try_to_escape_a_rule(world):
    def arrived(headers):
        paths = [path for path in ESCAPES if ask(world.port, headers, target=path).reached]
        return f"{', '.join(paths) or 'none'} arrives"

    return f"{len(ESCAPES)} spellings, {arrived([])}; with a token {arrived(bearer(world.token()))}"


# A service may find another path in them than the gateway does.
ABSOLUTE = [
    "http://service.example/public/x",
    "http:///public/admin",
    "http://x?@x/public/x",
    "http://x\\admin?@x/public/x",
    "http://x#@x/public/x",
    "https://service.example/public/x",
    "foo://x/public/x",
    "foo:public/x",
]


@case("8 targets, none arrives but below /public")
@under(tables=ROUTES)
def targets_with_a_host(world):
    world.service.targets.clear()
    for target in ABSOLUTE:
        for host in ("service.example", "x"):
            ask(world.port, target=target, host=host)
    arrived = {target for target in world.service.targets if not target.startswith("/public/")}
    return f"{len(ABSOLUTE)} targets, {said(arrived) or 'none'} arrives but below /public"


LIES = [
    ("x-original-uri", "/public"),
    ("X-Original-URI", "/public"),
    ("x_original_uri", "/public"),
    ("x-original-url", "/public"),
    ("x-rewrite-url", "/public"),
    ("x-original-method", "OPTIONS"),
    ("x-original-host", "public.example"),
    ("x-forwarded-uri", "/public"),
    ("X-Forwarded-Uri", "/public"),
    ("x_forwarded_uri", "/public"),
    ("x-forwarded-method", "OPTIONS"),
    ("x-forwarded-host", "public.example"),
    ("x-forwarded-prefix", "/public"),
    ("x-envoy-original-path", "/public"),
    ("x-envoy-original-method", "OPTIONS"),
    ("x-envoy-original-host", "public.example"),
    ("forwarded", "host=public.example"),
    ("x-auth-status", "200"),
    ("x-http-method-override", "OPTIONS"),
]
PREFLIGHT = [("origin", "https://spa.example"), ("access-control-request-method", "GET")]


@case("19 lies, none is believed; the truth with them 200")
@under("allow_preflights = true", ROUTES)
def headers_that_say_what_the_request_was(world):
    believed = []
    for lie in LIES:
        # Once, twice, and with what would make it a preflight.
        tries = [[lie], [lie, lie], [lie, *PREFLIGHT]]
        if any(ask(world.port, headers, target="/admin").reached for headers in tries):
            believed.append(lie[0])
    everything = LIES + PREFLIGHT + bearer(world.token({"roles": ["admin"]}))
    truth = ask(world.port, everything, target="/admin")
    return f"{len(LIES)} lies, {', '.join(believed) or 'none'} is believed; the truth with them {truth.status}"


@case("200 and 200; without Origin 401; with a bad token 401; 42 attacks, none arrives")
@under("allow_preflights = true", ROUTES)
def a_preflight(world):
    def options(headers, target="/tasks"):
        return ask(world.port, headers, method="OPTIONS", target=target).status

    passed = f"{options(PREFLIGHT)} and {options(PREFLIGHT, '/admin')}"
    plain = f"without Origin {options(PREFLIGHT[1:])}; with a bad token {options(PREFLIGHT + bearer('nonsense'))}"
    return f"{passed}; {plain}; {attacked(world, PREFLIGHT, method='OPTIONS')}"


@case("401, Bearer")
def a_preflight_that_the_settings_do_not_allow(world):
    return refusal(ask(world.port, PREFLIGHT, method="OPTIONS"))


HOSTS = """
[[routes]]
hosts = ["public.example"]
path = "/**"
public = true

[routing]
otherwise = "deny"
"""


@case("public 200, with a port 200; another 403; lies 403; two hosts in one request escape nothing")
@under(tables=HOSTS)
def routes_for_hosts(world):
    public = ask(world.port, host="public.example").status
    port = ask(world.port, host="PUBLIC.example:8443").status
    another = ask(world.port, host="another.example").status
    lies = {ask(world.port, [lie], host="another.example").status for lie in LIES}
    # By RFC 9112, the host in the target counts; what matters is that gateway and service use the same one.
    both = ask(world.port, target="http://public.example/tasks", host="another.example")
    turned = ask(world.port, target="http://another.example/tasks", host="public.example")
    escaped = [answer for answer in (both, turned) if answer.reached and answer.received("host") != ["public.example"]]
    two = f"two hosts in one request escape {'the rule' if escaped else 'nothing'}"
    return f"public {public}, with a port {port}; another {another}; lies {said(lies)}; {two}"


LEGACY_ISSUER = "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/"
MIGRATION = f"""
[migration]
legacy_issuers = ["{LEGACY_ISSUER}"]
stage = "announce"
deprecated_since = "2026-01-01T00:00:00Z"
sunset = "2100-01-01T00:00:00Z"
notice = "https://contoso.example/moving"
"""


@case('@1767225600 | Fri, 01 Jan 2100 00:00:00 GMT | </docs>; rel="help", <https://contoso.example/moving>; rel="deprecation"; with another token its own link alone')
@under(tables=MIGRATION)
def the_notice_of_a_migration(world):
    """Deprecation, Sunset and Link in the client's response."""

    def told(**claims):
        answer = ask(world.port, bearer(world.token(claims)))
        if not answer.reached:
            return refusal(answer)
        if "contoso.example/moving" in answer.body.decode():
            return "THE SERVICE GETS IT"
        # The service has a link of its own.
        return " | ".join(", ".join(sorted(answer.all(name))) for name in ["deprecation", "sunset", "link"])

    other = told()
    return f"{told(iss=LEGACY_ISSUER)}; with another token {'its own link alone' if other == f' |  | {LINK}' else other}"


@case("UNAUTHENTICATED; PERMISSION_DENIED; ['the-user']; the client's own ['the-user']")
def a_grpc_service(world):
    from grpc_service import GrpcService, call

    service = GrpcService()
    try:
        port = world.start_proxy_for_grpc(service.port)
        # Traefik opens its port before it knows the way.
        wait_for(lambda: call(port, "x-auth-subject", []) != "UNIMPLEMENTED", "the way to the service")
        good = bearer(world.token())
        tries = [[], bearer(world.token(scope="tasks.none")), good]
        answers = [call(port, "x-auth-subject", headers) for headers in tries]
        own = call(port, "x-auth-subject", [("x-auth-subject", ATTACK), *good])
        return f"{'; '.join(answers)}; the client's own {own}"
    finally:
        service.stop()


@case("42 attacks, none arrives")
@under("danger_report_only = true")
def a_clients_own_claim_headers_while_nothing_is_refused(world):
    return attacked(world, [])


@case("by default 1 arrives; with --remove-token 200, 0 arrive")
def the_token_itself(world):
    token = bearer(world.token())
    by_default = len(ask(world.port, token).received("authorization"))
    try:
        world.restart_gateway("--remove-token")
        wait_for(lambda: ask(world.port, token).status == 200, "the keys")
        answer = ask(world.port, token)
        arrived = f"{answer.status}, {len(answer.received('authorization'))} arrive"
        # Nor may the service get the headers that tell the proxy to remove the token.
        if answer.received("x-auth-remove") or answer.received("x-envoy-auth-headers-to-remove"):
            arrived += ", and the service is told"
    except RuntimeError as error:
        arrived = str(error)
    world.restart_gateway()
    wait_for(lambda: ask(world.port, token).status == 200, "the keys")
    return f"by default {by_default} arrives; with --remove-token {arrived}"


@case("3 gateways, no lie is believed")
@under(tables=ROUTES)
def a_gateway_for_another_proxy(world):
    """Whichever headers it reads, a client's own must not count."""
    kinds = ["nginx", "caddy", "envoy"]
    lies = {"method": "GET", "host": "public.example", "uri": "/public"}
    original, forwarded = ([(f"x-{style}-{name}", lie) for name, lie in lies.items()] for style in ("original", "forwarded"))
    options, believed = world.proxy.options, []
    for kind in kinds:
        world.proxy.options = [*(options[: options.index("--forwarded")] if "--forwarded" in options else options), "--forwarded", kind]
        world.restart_gateway()
        believed += [kind for headers in ([], original, forwarded, original + forwarded) if ask(world.port, headers, target="/admin").reached]
    world.proxy.options = options
    world.restart_gateway()
    token = bearer(world.token(scope="tasks.read"))
    wait_for(lambda: ask(world.port, token).status == 200, "the keys")
    return f"{len(kinds)} gateways, {', '.join(believed) or 'no lie'} is believed"


@case("closed, then 200")
def the_gateway_killed_and_back(world):
    token = bearer(world.token())
    world.stop_gateway()
    reached = world.service.reached
    statuses = {ask(world.port, token).status for _ in range(5)}
    if world.service.reached != reached or min(statuses) < 400:
        return f"OPEN: {said(statuses)}"
    world.start_gateway()
    wait_for(lambda: ask(world.port, token).status == 200, "the gateway")
    return "closed, then 200"


@case("no script")
def a_script_that_fails(world):
    source = "local response = ask(url, txn)"
    if not any(file.endswith(".lua") for file in world.proxy.files):
        return "no script"
    port = world.start_proxy_again("failing", {source: f"{source}\n    error('it fails')"})
    return refusal(ask(port, bearer(world.token())))


LOCATION = "    location / {\n"
PASS = "        proxy_pass http://127.0.0.1:3000;\n"


def with_locations(function):
    """A case for nginx alone."""
    return functools.wraps(function)(lambda world: function(world) if world.proxy.binary == "nginx" else "no locations")


@case("no locations")
@with_locations
def a_second_location(world):
    """What stands outside of the locations protects each of them."""
    second = f"    location /second/ {{\n{PASS}    }}\n"
    port = world.start_proxy_again("second", {LOCATION: second + LOCATION})
    answer = ask(port, [("x-auth-subject", ATTACK), *bearer(world.token())], target="/second/")
    return f"{refusal(ask(port, target='/second/'))}; with a token {answer.status} {answer.received('x-auth-subject')}"


@case("no locations")
@with_locations
def headers_that_an_operator_adds_to_the_first_location(world):
    """The bug: a client's own claim headers reached the service, because the location inherited no proxy_set_header any more."""
    own = "        proxy_set_header X-Real-IP $remote_addr;\n        add_header X-Frame-Options DENY;\n        error_page 404 /404.html;\n"
    port = world.start_proxy_again("added", {PASS: own + PASS})
    answer = ask(port, [("x-auth-roles", ATTACK), *bearer(world.token())], host="service.example")
    received = [answer.received(name) for name in ["x-auth-subject", "x-auth-roles", "x-real-ip", "host"]]
    return f"{refusal(ask(port))}; with a token {answer.status} {received} {answer.header('x-frame-options')}"


@case("no locations")
@with_locations
def refusals_of_nginx_itself(world):
    """The bugs: a 403 became a 401, after which clients sign in again, and a 401 a 403, after which no browser asks for the password."""
    closed = "    location /closed/ {\n        deny all;\n    }\n"
    basic = '    location /basic/ {\n        auth_request off;\n        auth_basic x;\n        auth_basic_user_file /dev/null;\n    }\n'
    port = world.start_proxy_again("closed", {LOCATION: closed + basic + LOCATION})
    return "; ".join(refusal(ask(port, bearer(world.token()), target=target)) for target in ["/closed/", "/basic/"])


A_TENANT = "bbbbcccc-1111-dddd-2222-eeee3333ffff"
ANOTHER = "ccccdddd-2222-eeee-3333-ffff4444aaaa"
PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"


@case("200 the-user, 200 the-user; personal accounts 401; tid of another 401; another client 401; no token 401")
def tokens_of_any_entra_id_tenant(world):
    entra_id = EntraId(world)

    def get(tenant, **claims):
        answer = ask(world.port, bearer(entra_id.token(tenant, **claims)))
        subject = answer.received("x-auth-subject") if answer.reached else []
        return " ".join([str(answer.status), *subject])

    try:
        settings = ["--policy", entra_id.policy, "--danger-accept-any-tenant"]
        world.restart_gateway(settings=settings, environment=entra_id.environment())
        wait_for(lambda: get(A_TENANT) == "200 the-user", "the keys")
        tenants = f"{get(A_TENANT)}, {get(ANOTHER)}; personal accounts {get(PERSONAL_ACCOUNTS)}"
        refused = f"tid of another {get(A_TENANT, tid=ANOTHER)}; another client {get(A_TENANT, azp='another')}"
        return f"{tenants}; {refused}; no token {ask(world.port).status}"
    finally:
        entra_id.stop()


HOP = "it would drop the headers that Connection names, after the gateway has set them, so its configuration refuses such a request"
ITS_TARGET = "its request to the gateway has the original target, which the gateway's HTTP server refuses"
NO_EMPTY = "it sends no header instead of an empty one; what the client sent is gone all the same"
ERROR = "a 503 of an HTTP authorizer is an error to it, for which it has one status and nothing else; over gRPC it is an answer"

NO_RESPONSE_HEADERS = "it adds headers of the gateway's answer to the request only, never to the client's response"
LOCATIONS = "it alone has locations"
NO_COMMAND = "no answer of the gateway makes it remove a header only sometimes; deploy/README.md has the line that always does"

# (case, proxy) → what is seen instead, and the proxy's reason.
EXCEPTIONS = {
    ("the gateway killed and back", "fail open"): ("OPEN: 200", "failure_mode_allow: true says so"),
    ("connection headers that name claim headers", "Caddy"): ("400", HOP),
    ("connection headers that name claim headers", "HAProxy"): ("400", "it passes them on, and a service that is a proxy itself would drop them"),
    ("a query that its client did not encode", "Envoy HTTP"): ("400", ITS_TARGET),
    ("a second location", "nginx"): ("401, Bearer; with a token 200 ['the-user']", LOCATIONS),
    ("headers that an operator adds to the first location", "nginx"): (
        "401, Bearer; with a token 200 [['the-user'], [], ['127.0.0.1'], ['service.example']] DENY",
        LOCATIONS,
    ),
    ("refusals of nginx itself", "nginx"): ('403, a page of its own; 401, Basic realm="x", a page of its own', LOCATIONS),
    ("a script that fails", "HAProxy"): ("503, a page of its own", "its answers come through a script"),
    ("a claim header without its claim", "nginx"): ("[]", NO_EMPTY),
    ("a claim header without its claim", "Caddy"): ("[]", NO_EMPTY),
    ("the token itself", "Traefik"): ("by default 1 arrives; with --remove-token the gateway does not start", NO_COMMAND),
    ("the notice of a migration", "Traefik"): (f" |  | {LINK}; with another token its own link alone", NO_RESPONSE_HEADERS),
    ("two tokens", "nginx"): ("400, a page of its own", "it refuses a second Authorization header by itself, before it asks anybody"),
    ("a token while there are no keys", "Envoy HTTP"): ("503", ERROR),
    ("a new key while the identity provider hangs", "Envoy HTTP"): ("503", ERROR),
}
