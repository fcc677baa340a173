//! Every accepted request gets every configured header, so that a client's own never survives.

use b2c_emulator::{Emulator, TokenBuilder};

use crate::support::{
    POLICY, Running, TempFile, command, config, gateway_command, request, status,
};

struct World {
    tenant: Emulator,
    _running: Running,
    _file: TempFile,
    url: String,
}

impl World {
    async fn start(top: &str, tables: &str) -> Self {
        let tenant = Emulator::start().await.expect("the tenant starts");
        let text = config(&tenant, top) + tables;
        let file = TempFile::new("claim-headers.toml", &text);
        let mut running = Running::spawn(&mut gateway_command(&file));
        let url = running.url();
        Self {
            tenant,
            _running: running,
            _file: file,
            url,
        }
    }

    fn get(&self, token: &str) -> String {
        let bearer = format!("Authorization: Bearer {token}");
        request("GET", &self.url, &[&bearer])
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_the_token_lacks_is_an_empty_header() {
    let headers = "[claim_headers]\nx-auth-subject = \"sub\"\nx-auth-roles = \"roles\"\nx-auth-null = \"nothing\"\nx-auth-user = \"user_id()\"\n";
    let world = World::start("", headers).await;
    let token = world
        .tenant
        .token(POLICY)
        .claim("sub", "Not supported currently. Use oid claim.")
        .claim("oid", "the-user")
        .claim("nothing", ())
        .sign();
    let response = world.get(&token);
    assert_eq!(status(&response), "200", "{response}");
    for line in [
        "x-auth-subject: \r\n",
        "x-auth-roles: \r\n",
        "x-auth-null: \r\n",
        "x-auth-user: the-user\r\n",
    ] {
        assert!(response.contains(line), "{line:?} in {response}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_default_header_says_who_the_user_is() {
    let world = World::start("", "").await;
    let subject = |token: TokenBuilder| {
        let response = world.get(&token.sign());
        let (_, rest) = response.split_once("x-auth-subject: ").expect("the header");
        rest.split_once("\r\n").expect("its end").0.to_owned()
    };
    let token = || world.tenant.token(POLICY).claim("sub", "a-subject");
    assert_eq!(subject(token().claim("oid", "an-object")), "an-object");
    assert_eq!(subject(token().without("oid")), "a-subject");
    // The bug: the spaces got lost on the way, so that this user was another one.
    assert_eq!(
        subject(token().claim("oid", "  an object ")),
        "%20%20an object%20"
    );
    assert_eq!(subject(token().claim("oid", "  ")), "%20%20");
    let placeholder = token()
        .without("oid")
        .claim("sub", "Not supported currently. Use oid claim.");
    assert_eq!(subject(placeholder), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn report_only_passes_what_it_would_refuse_with_every_header_empty() {
    let headers = "[claim_headers]\nx-auth-subject = \"sub\"\nx-auth-roles = \"roles\"\n";
    let world = World::start("danger_report_only = true", headers).await;
    let expired = world.tenant.token(POLICY).issued_at(1_500_000_000).sign();
    let none = request("GET", &world.url, &[]);
    for response in [none, world.get(&expired), world.get("nonsense")] {
        assert_eq!(status(&response), "200", "{response}");
        for line in ["x-auth-subject: \r\n", "x-auth-roles: \r\n"] {
            assert!(response.contains(line), "{line:?} in {response}");
        }
    }
    let good = world.tenant.token(POLICY).claim("sub", "somebody").sign();
    let response = world.get(&good);
    assert!(
        response.contains("x-auth-subject: somebody\r\n"),
        "{response}"
    );
}

/// The user's token is good, but nothing of it may reach the service as if the request had been accepted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_would_be_refused_passes_without_claims() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let headers =
        "[claim_headers]\nx-auth-subject = \"user_id()\"\nx-auth-user = \"mapped_user()\"\n";
    let issuer = tenant.issuer(&b2c_emulator::IssuerForm::Default);
    let map = format!("issuer,user_id,user\n{issuer},somebody,customer-1\n");
    let map = TempFile::new("users.csv", &map);
    let text = config(&tenant, "danger_report_only = true") + headers;
    let file = TempFile::new("report-only.toml", &text);
    let mut command = gateway_command(&file);
    let mut running = Running::spawn(command.args(["--user-map", map.path()]));
    let url = running.url();
    for (user, subject, mapped) in [("somebody", "somebody", "customer-1"), ("nobody", "", "")] {
        let token = tenant.token(POLICY).claim("oid", user).sign();
        let response = request("GET", &url, &[&format!("Authorization: Bearer {token}")]);
        assert_eq!(status(&response), "200", "{response}");
        for line in [
            format!("x-auth-subject: {subject}\r\n"),
            format!("x-auth-user: {mapped}\r\n"),
        ] {
            assert!(response.contains(&line), "{line}: {response}");
        }
    }
}

/// The bug: nothing warned of a header that clients can forge behind the proxy, or that carries nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_and_the_log_warn_of_headers_that_may_not_be_meant() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let headers = "[claim_headers]\nX-User = \"sub\"\nX-Auth-Id = \"user_id\"\nx-auth_bar = \"scp\"\nx-auth-ok = \"user_id()\"\n";
    let file = TempFile::new("noted.toml", &(config(&tenant, "") + headers));
    let prefix = "claim_headers.X-User = \"sub\": configured as in deploy/, haproxy does not remove a client's own";
    let always = [
        "claim_headers.X-Auth-Id = \"user_id\": without parentheses, this is a claim of the token; for the user, write user_id()",
        "claim_headers.x-auth_bar = \"scp\": many proxies and services drop a header with an underscore in its name; write x-auth-bar",
    ];
    // The bug: behind Caddy, clients could supposedly forge a header that the Caddyfile names.
    let unless = "claim_headers.X-User = \"sub\": unless the Caddyfile names this header in copy_headers, a client could forge it";
    for (proxy, prefix, prefixes) in [
        ("haproxy", prefix, 1),
        ("caddy", unless, 1),
        ("nginx", "", 0),
    ] {
        let mut check = command(&["check", file.path(), "--forwarded", proxy]);
        let output = check.output().expect("it runs");
        let told = String::from_utf8(output.stdout).expect("text");
        assert_eq!(output.status.code(), Some(0), "{told}");
        for note in always {
            assert_eq!(told.matches(note).count(), 1, "{told}");
        }
        assert_eq!(
            told.matches("begins with x-auth-").count(),
            prefixes,
            "{told}"
        );
        assert!(told.contains(prefix), "{told}");
        assert!(!told.contains("x-auth-ok"), "{told}");
    }
    let mut running = Running::spawn(gateway_command(&file).args(["--forwarded", "haproxy"]));
    for _start_and_reload in 0..2 {
        assert!(running.log(prefix).contains(" WARN "));
        running.signal("-HUP");
    }
}

/// The bug: the note told the operator to write `forgotten-key`, another header, and the stolen key stayed in use.
#[test]
fn a_header_that_looks_like_a_setting_is_noted_as_one() {
    let text = "audiences = [\"api\"]\n[[authorities]]\ntenant = \"contoso\"\npolicy = \"B2C_1_a\"\n[claim_headers]\nforgotten_key = \"KID\"\n";
    let file = TempFile::new("misplaced.toml", text);
    let output = command(&["check", file.path()]).output().expect("it runs");
    let told = String::from_utf8(output.stdout).expect("text");
    let (note, rest) = told.split_once('\n').expect("a note");
    assert!(
        note.contains(":6: claim_headers.forgotten_key") && note.contains("`forgotten_keys`"),
        "{told}"
    );
    assert!(!told.contains("KID"), "{told}");
    assert!(
        rest.ends_with(": usable\n") && rest.lines().count() == 1,
        "{told}"
    );
}

/// The bug: behind Caddy and HAProxy, which remove such a header before they ask, every request was refused, and nothing had warned of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_header_that_the_proxy_removes_is_warned_of() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let settings = |header: &str| {
        let table = format!("[token]\nheader = \"{header}\"\n");
        TempFile::new("token-header.toml", &(config(&tenant, "") + &table))
    };
    let told = |file: &TempFile, proxy: &str| {
        let mut check = command(&["check", file.path(), "--forwarded", proxy]);
        let output = check.output().expect("it runs");
        String::from_utf8(output.stdout).expect("text")
    };
    for (header, proxy, is_removed) in [
        ("X-Auth-Token", "caddy", true),
        ("x-auth-token", "haproxy", true),
        ("X-Original-Token", "caddy", true),
        ("x-original-token", "haproxy", false),
        ("x_token", "caddy", true),
        ("my_token", "haproxy", true),
        ("my_token", "envoy", true),
        ("my_token", "nginx", true),
        ("x-auth-token", "nginx", false),
        ("x-auth-token", "traefik", false),
        ("x-auth-token", "envoy", false),
        ("x-token", "caddy", false),
        ("x-token", "haproxy", false),
    ] {
        let told = told(&settings(header), proxy);
        let warning = format!("token.header = \"{header}\": configured as in deploy/, {proxy} ");
        assert_eq!(
            told.contains(&warning),
            is_removed,
            "{header}, {proxy}: {told}"
        );
        assert_eq!(
            told.lines().count(),
            if is_removed { 2 } else { 1 },
            "{told}"
        );
    }
    let file = settings("x-auth-token");
    let mut running = Running::spawn(gateway_command(&file).args(["--forwarded", "caddy"]));
    for _start_and_reload in 0..2 {
        let line = running.log("token.header = \"x-auth-token\": configured as in deploy/, caddy");
        assert!(line.contains(" WARN "), "{line}");
        running.signal("-HUP");
    }
    let document = "<validate-jwt header-name='x-auth-token'><openid-config url='https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_a/v2.0/.well-known/openid-configuration'/><audiences><audience>api</audience></audiences></validate-jwt>";
    let told = told(&TempFile::new("token-header.xml", document), "haproxy");
    assert!(told.contains("token.header = \"x-auth-token\": "), "{told}");
}
