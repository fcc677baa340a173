//! `--remove-token`: the proxy is told to remove the token, or the gateway does not start.

use b2c_emulator::Emulator;

use crate::support::{POLICY, Running, TempFile, command, config, failed, request, status};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accepted_request_tells_the_proxy_what_to_remove() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("remove.toml", &config(&tenant, ""));
    let token = tenant.token(POLICY).sign();
    let bearer = format!("authorization: Bearer {token}");
    let original = [
        "x-original-method: GET",
        "x-original-host: api.example",
        "x-original-uri: /tasks",
    ];
    for (proxy, original, told) in [
        ("haproxy", &original[..], "x-auth-remove: authorization\r\n"),
        (
            "envoy",
            &[],
            "x-envoy-auth-headers-to-remove: authorization\r\n",
        ),
    ] {
        for remove in [&["--remove-token"][..], &[]] {
            let mut arguments = vec!["gateway", "--config", file.path(), "--forwarded", proxy];
            arguments.extend(["--listen", "127.0.0.1:0"]);
            arguments.extend(remove);
            let mut running = Running::start(&arguments);
            let listen = running.url();
            let headers = [original, &[&*bearer]].concat();
            let answer = request("GET", &listen, &headers);
            assert_eq!(status(&answer), "200", "{answer}");
            assert_eq!(answer.contains(told), !remove.is_empty(), "{answer}");
            assert!(!answer.contains(&token), "{answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_cannot_remove_it_is_refused_at_the_start() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let cannot = "cannot make this proxy remove the token";
    for (token, proxy, reason) in [
        ("", &["--forwarded", "traefik"][..], cannot),
        ("", &[], "say with --forwarded which proxy asks at --listen"),
        ("header = 'x-token'", &["--forwarded", "nginx"], cannot),
        ("cookie = 'token'", &["--forwarded", "envoy"], cannot),
        (
            "query = 'token'",
            &["--forwarded", "envoy"],
            "from the query",
        ),
    ] {
        let text = format!("{}[token]\n{token}\n", config(&tenant, ""));
        let file = TempFile::new("cannot.toml", &text);
        let mut command = command(&["gateway", "--config", file.path(), "--remove-token"]);
        command.args(["--listen", "127.0.0.1:0"]).args(proxy);
        let output = command.output().expect("it runs");
        let errors = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(1), "{token} {proxy:?}");
        assert!(errors.starts_with("b2c-auth: --remove-token: "), "{errors}");
        assert!(errors.contains(reason), "{errors}");
    }
}

/// The bug: `check`, and so `systemctl reload`, succeeded for settings that the gateway refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_knows_the_proxy() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let text = format!("{}[token]\nheader = 'x-token'\n", config(&tenant, ""));
    let file = TempFile::new("check.toml", &text);
    for (proxy, expected) in [("nginx", 1), ("envoy", 0)] {
        let mut command = command(&["check", file.path()]);
        let command = command.env("B2C_AUTH_FORWARDED", proxy);
        let (status, errors) = failed(command.env("B2C_AUTH_REMOVE_TOKEN", "true"));
        assert_eq!(status, Some(expected), "{proxy}: {errors}");
        let is_named = errors.starts_with("b2c-auth: --remove-token: ");
        assert_eq!(is_named, expected == 1, "{errors}");
    }
}
