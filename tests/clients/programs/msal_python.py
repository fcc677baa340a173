"""MSAL Python: a web application with a secret, which is answered by a form (`form_post`), as MSAL Python recommends."""

import re
import time

import msal
from msal.exceptions import MsalServiceError

from harness import NO_SESSION, accepted, ask, call_api, check, claims, key_id, same, setup, token_requests

READ, WRITE, AUTHORITY = setup["read"], setup["write"], setup["authority"]
REDIRECT = setup["redirectUri"]


def application(authority):
    # MSAL does not ask Microsoft's directory of clouds about a B2C tenant, which it recognises by the path. For External ID, `oidc_authority` has this effect.
    settings = {} if setup["policy"] else {"oidc_authority": authority + "/v2.0"}
    if setup["policy"]:
        settings["authority"] = authority
    return msal.ConfidentialClientApplication(setup["clientId"], client_credential=setup["secret"], **settings)


client = application(AUTHORITY)
first = {}


def account():
    return client.get_accounts()[0]


def silently(scopes=(READ,), **options):
    """What MSAL returns: if there is no token, a dict with an `error`, or None."""
    return client.acquire_token_silent_with_error(list(scopes), account(), **options)


def renewed(scopes=(READ,)):
    answer = silently(scopes, force_refresh=True)
    same(answer.get("error_description"), None)
    same(answer["token_source"], "identity_provider")
    return answer["access_token"]


def sign_in():
    flow = client.initiate_auth_code_flow([READ], redirect_uri=REDIRECT, response_mode="form_post")
    answer = ask("browse", url=flow["auth_uri"], choose=setup["user"])
    first.update(client.acquire_token_by_auth_code_flow(flow, answer["params"]))
    same(first.get("error_description"), None)
    same(first["id_token_claims"]["name"], setup["user"])
    same(first["id_token_claims"].get("tfp"), setup["policy"])
    same(claims(first["access_token"])["scp"], "tasks.read")
    same(claims(first["access_token"])["aud"], setup["audience"])


def call_the_api():
    accepted(first["access_token"])
    same(call_api(first["access_token"], {"text": "not allowed"})[0], 403)
    if call_api(first["id_token"])[0] == 200:
        raise AssertionError("the API took an ID token")


def cached_token():
    before = token_requests()
    again = silently()
    same(again["token_source"], "cache")
    same(again["access_token"], first["access_token"])
    same(token_requests(), before)


def forced_refresh():
    for _ in range(2):
        before = token_requests()
        accepted(renewed())
        same(token_requests(), before + 1)


def another_scope():
    token = renewed([READ, WRITE])
    same(sorted(claims(token)["scp"].split()), ["tasks.read", "tasks.write"])
    same(call_api(token, {"text": "write it down"})[0], 201)


def wrong_user_flow():
    try:
        missing = application(re.sub(r"B2C_1_\w+$", "B2C_1_nobody_made_this", AUTHORITY))
        missing.initiate_auth_code_flow([READ], redirect_uri=REDIRECT)
        raise AssertionError("it goes on with a user flow that is not there")
    except ValueError as error:
        if "authority configuration" not in str(error):
            raise
    # What one user flow gave is worth nothing at another. MSAL Python would not even look: its cache is that of one authority.
    flow = client.initiate_auth_code_flow([READ], redirect_uri=REDIRECT, response_mode="form_post")
    params = ask("browse", url=flow["auth_uri"])["params"]
    elsewhere = application(setup["otherAuthority"])
    answer = elsewhere.acquire_token_by_auth_code_flow(flow, params)
    same(answer["error"], "invalid_grant")
    same(answer["error_description"][:11], "AADB2C90088")


def after_a_rotation():
    kid = ask("rotate")["kid"]
    token = renewed()
    same(key_id(token), kid)
    accepted(token)
    accepted(first["access_token"])


def after_an_outage():
    ask("outage")
    try:
        silently(force_refresh=True)
        raise AssertionError("a token from a tenant that is away")
    except MsalServiceError as error:
        if "503" not in str(error):
            raise
    same(silently()["token_source"], "cache")
    accepted(silently()["access_token"])
    ask("heal")
    accepted(renewed_in_time())


def renewed_in_time():
    """MSAL Python does not ask again before the time in `Retry-After` has passed, and meanwhile repeats the answer it had."""
    for _ in range(100):
        try:
            return renewed()
        except MsalServiceError:
            time.sleep(0.2)
    return renewed()


def sign_out():
    client.remove_account(account())
    same(client.get_accounts(), [])
    # MSAL Python does not end the tenant's session: the application sends the browser to the tenant's logout URL.
    ask("browse", url=AUTHORITY + "/oauth2/v2.0/logout")
    flow = client.initiate_auth_code_flow([READ], redirect_uri=REDIRECT, response_mode="form_post", prompt="none")
    same(ask("browse", url=flow["auth_uri"])["params"]["error"], NO_SESSION)


check("sign in", sign_in)
check("call the API", call_the_api)
check("cached token", cached_token)
check("forced refresh", forced_refresh)
check("another scope", another_scope)
if setup["policy"]:
    check("wrong user flow", wrong_user_flow)
check("after a rotation", after_a_rotation)
check("after an outage", after_an_outage)
check("sign out", sign_out)
