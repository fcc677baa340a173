//! Settings from the environment, and mistakes with their places.

mod support;

use b2c_emulator::Emulator;
use support::{API, POLICY, Running, TempFile, command, request, status};

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_needs_no_file() {
    let tenant = Emulator::start().await.expect("it starts");
    let mut command = command(&["gateway", "--env", "--listen", "127.0.0.1:0"]);
    command
        .env("B2C_AUTH_EMULATOR", "http://127.0.0.1:1")
        .env("B2C_AUTH_AUDIENCES", API)
        .env(
            "B2C_AUTH_AUTHORITIES__0__OPENID_CONFIG",
            tenant.metadata_url(POLICY),
        )
        .env("B2C_AUTH_CLAIM_HEADERS", "x-user=user_id(),x-scopes=scp");
    let mut gateway = Running::spawn(&mut command);
    let url = gateway.line("gateway listening on ");
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
async fn so_can_the_options_that_depend_on_the_proxy() {
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
    let url = gateway.line("gateway listening on ");
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
    let place = "B2C_AUTH_AUTHORITIES__0__POLICY: authorities[0].policy = \"signin\"";
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
fn mistakes_are_told_by_file_and_line() {
    let text = format!(
        "audiences = \"{API}\"\n\n[[authorities]]\ntenant = \"contoso\"\npolicy = \"signin\"\n"
    );
    let file = TempFile::new("places.toml", &text);
    let output = command(&["check", file.path()]).output().expect("it runs");
    let errors = String::from_utf8(output.stderr).expect("text");
    let place = format!("{}:5: authorities[0].policy", file.path());
    assert!(errors.contains(&place), "{errors}");
}
