//! Settings from the environment, and mistakes with their places.

use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    os::unix::ffi::OsStrExt as _,
};

use b2c_emulator::Emulator;

use crate::support::{
    API, POLICY, Running, TempFile, command, config, gateway_command, request, status,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_needs_no_file() {
    let tenant = Emulator::start().await.expect("it starts");
    let mut command = command(&["gateway", "--env", "--listen", "127.0.0.1:0"]);
    command
        .env("B2C_AUTH_AUDIENCES", API)
        .env(
            "B2C_AUTH_AUTHORITIES__0__OPENID_CONFIG",
            tenant.metadata_url(POLICY),
        )
        .env("B2C_AUTH_CLAIM_HEADERS", "x-user=user_id(),x-scopes=scp");
    let mut gateway = Running::spawn(&mut command);
    let url = gateway.url();
    let token = tenant
        .token(POLICY)
        .audience(API)
        .scope("tasks.read")
        .sign();
    let answer = request("GET", &url, &[&format!("Authorization: Bearer {token}")]);
    assert_eq!(status(&answer), "200", "{answer}");
    assert!(answer.contains("x-scopes: tasks.read"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn proxy_options_can_be_set_in_the_environment() {
    let tenant = Emulator::start().await.expect("it starts");
    let mut command = command(&["gateway", "--env", "--listen", "127.0.0.1:0"]);
    command
        .env("B2C_AUTH_AUDIENCES", API)
        .env(
            "B2C_AUTH_AUTHORITIES__0__OPENID_CONFIG",
            tenant.metadata_url(POLICY),
        )
        .env("B2C_AUTH_NGINX", "true")
        .env("B2C_AUTH_FORWARDED", "nginx")
        .env("B2C_AUTH_REMOVE_TOKEN", "true");
    let mut gateway = Running::spawn(&mut command);
    let url = gateway.url();
    let token = tenant.token(POLICY).sign();
    let mut headers = vec![format!("authorization: Bearer {token}")];
    let answer = ask(&url, &headers);
    assert_eq!(status(&answer), "403", "{answer}");
    assert!(answer.contains("x-auth-status: 400"), "{answer}");

    headers.extend(["method: GET", "host: api", "uri: /"].map(|rest| format!("x-original-{rest}")));
    let answer = ask(&url, &headers);
    assert_eq!(status(&answer), "200", "{answer}");
    assert!(answer.contains("x-auth-remove: authorization"), "{answer}");
}

fn ask(url: &str, headers: &[String]) -> String {
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    request("GET", url, &headers)
}

#[test]
fn mistakes_are_told_by_their_variables() {
    let output = command(&["check", "--env"])
        .env("B2C_AUTH_AUDIENCES", API)
        .env("B2C_AUTH_AUTHORITIES__0__TENANT", "contoso")
        .env("B2C_AUTH_AUTHORITIES__0__POLICY", "signin")
        .output()
        .expect("it runs");
    let errors = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1));
    let place = "\n  B2C_AUTH_AUTHORITIES__0__POLICY = \"signin\": ";
    assert!(errors.contains(place), "{errors}");

    let output = command(&["check", "--env"])
        .env("B2C_AUTH_AUDIENCE", "hush")
        .output()
        .expect("it runs");
    let errors = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1));
    assert!(errors.contains("B2C_AUTH_AUDIENCE"), "{errors}");
    assert!(!errors.contains("hush"), "{errors}");
}

#[test]
fn a_variable_that_is_not_utf_8_is_refused_by_its_name() {
    let latin1 = OsStr::from_bytes(b"hush\xfc");
    let with = |name: &str| {
        let output = command(&["check", "--env"])
            .env("B2C_AUTH_AUDIENCES", API)
            .env("B2C_AUTH_AUTHORITIES__0__OPENID_CONFIG", METADATA)
            .env(name, latin1)
            .output()
            .expect("it runs");
        let errors = String::from_utf8(output.stderr).expect("text");
        assert!(!errors.contains("hush"), "{errors}");
        (output.status.code(), errors)
    };
    let (code, errors) = with("B2C_AUTH_REQUIRED_CLAIMS__0__NAME");
    assert_eq!(code, Some(1), "{errors}");
    assert!(
        errors.contains("B2C_AUTH_REQUIRED_CLAIMS__0__NAME") && errors.contains("is not UTF-8"),
        "{errors}"
    );
    let (code, errors) = with("OTHER_NAME");
    assert_eq!(code, Some(0), "{errors}");
}

#[test]
fn mistakes_are_told_by_file_and_line() {
    let text = format!(
        "audiences = \"{API}\"\n\n[[authorities]]\ntenant = \"contoso\"\npolicy = \"signin\"\n[claim_headers]\nlink = \"a\"\n"
    );
    let file = TempFile::new("places.toml", &text);
    let output = command(&["check", file.path()]).output().expect("it runs");
    let errors = String::from_utf8(output.stderr).expect("text");
    for place in ["5: authorities[0].policy", "7: claim_headers.link"] {
        let place = format!("{}:{place} = ", file.path());
        assert!(errors.contains(&place), "{errors}");
    }
}

/// The bug: a warning, and a mistake that only the gateway finds, named the setting as TOML does, without a place, wherever the settings came from.
#[test]
fn warnings_and_the_gateways_own_mistakes_name_the_setting_as_it_was_written() {
    let check = |header: &str| {
        let output = command(&["check", "--env"])
            .env("B2C_AUTH_AUDIENCES", API)
            .env("B2C_AUTH_AUTHORITIES__0__OPENID_CONFIG", METADATA)
            .env("B2C_AUTH_DANGER_REPORT_ONLY", "true")
            .env("B2C_AUTH_CLAIM_HEADERS", format!("{header}=a"))
            .output()
            .expect("it runs");
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8(text).expect("text")
    };
    let warned = check("x-a");
    assert!(
        warned.contains("B2C_AUTH_DANGER_REPORT_ONLY = true: "),
        "{warned}"
    );
    let refused = check("link");
    assert!(
        refused.contains("B2C_AUTH_CLAIM_HEADERS = \"a\": "),
        "{refused}"
    );

    let text = format!(
        "audiences = \"{API}\"\ndanger_report_only = true\n[[authorities]]\nopenid_config = \"{METADATA}\"\n"
    );
    let file = TempFile::new("warned.toml", &text);
    let output = command(&["check", file.path()]).output().expect("it runs");
    let warned = String::from_utf8(output.stdout).expect("text");
    let place = format!("{}:2: danger_report_only = true: ", file.path());
    assert!(warned.contains(&place), "{warned}");
}

/// A gateway whose tenant cannot be resolved, and a proxy that closes every connection.
fn behind_a_proxy(system_proxy: &str) -> (Running, TcpListener) {
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = proxy.local_addr().expect("an address");
    let mut command = command(&["gateway", "--env", "--listen", "127.0.0.1:0"]);
    command
        .env("HTTPS_PROXY", format!("http://{address}"))
        .env("B2C_AUTH_AUDIENCES", API)
        .env("B2C_AUTH_AUTHORITIES__0__OPENID_CONFIG", METADATA)
        .env("B2C_AUTH_FETCH__SYSTEM_PROXY", system_proxy);
    (Running::spawn(&mut command), proxy)
}

const METADATA: &str = "https://tenant.invalid/openid-configuration";

#[test]
fn the_environments_proxy_is_asked() {
    let (mut gateway, proxy) = behind_a_proxy("true");
    let (client, _) = proxy.accept().expect("the gateway");
    let mut asked = String::new();
    let mut client = BufReader::new(client);
    client.read_line(&mut asked).expect("text");
    assert_eq!(asked, "CONNECT tenant.invalid:443 HTTP/1.1\r\n");
    drop(client);
    gateway.log("tokens are answered with 503");
}

#[test]
fn the_environments_proxy_is_not_asked_where_the_settings_say_so() {
    let (mut gateway, proxy) = behind_a_proxy("false");
    gateway.log("tokens are answered with 503");
    proxy.set_nonblocking(true).expect("it can be asked");
    assert!(proxy.accept().is_err());
}

/// The bug: nothing was said of variables that have no effect, so an operator relied on them.
#[tokio::test(flavor = "multi_thread")]
async fn variables_that_a_file_makes_ineffective_are_named() {
    let tenant = Emulator::start().await.expect("it starts");
    let file = TempFile::new("ignored.toml", &config(&tenant, ""));
    let with_variables = |mut command: std::process::Command| {
        command
            .env("B2C_AUTH_AUDIENCES", "hush")
            .env("B2C_AUTH_CLOCK_SKEW", "hush")
            // An option, which has its effect, and what Kubernetes sets for a service of this name.
            .env("B2C_AUTH_FORWARDED", "nginx")
            .env("B2C_AUTH_SERVICE_HOST", "10.0.0.1");
        command
    };
    let told = format!(
        "B2C_AUTH_AUDIENCES, B2C_AUTH_CLOCK_SKEW: ignored, because the settings come from {}; remove",
        file.path()
    );
    let mut check = with_variables(command(&["check", file.path()]));
    let output = check.output().expect("it runs");
    let notes = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(0), "{notes}");
    assert!(notes.contains(&told) && !notes.contains("hush"), "{notes}");

    let mut running = Running::spawn(&mut with_variables(gateway_command(&file)));
    assert!(running.log(&told).contains(" WARN "));
}
