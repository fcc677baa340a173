//! Routes and preflights at the gateway: they hold for the original request, which the proxy describes.

use std::fs;

use b2c_emulator::Emulator;

use crate::support::{
    POLICY, Running, TempFile, command, config, failed, gateway_command, request, status,
};

const ROUTES: &str = r#"
[[routes]]
path = "/public/**"
public = true

[[routes]]
hosts = []
path = "/tasks/**"
methods = ["GET"]
scopes = ["tasks.read"]

[claim_headers]
x-auth-subject = "user_id()"
"#;

fn gateway(file: &TempFile, more: &[&str]) -> (Running, String) {
    let mut command = gateway_command(file);
    let mut running = Running::spawn(command.args(more).env("RUST_LOG", "debug"));
    let listen = running.url();
    (running, listen)
}

/// The gateway's answer, asked as this proxy asks.
fn ask(listen: &str, style: &str, original: &str, more: &[&str]) -> String {
    let (method, target) = original.split_once(' ').expect("method and target");
    let mut lines = vec![
        format!("x-{style}-method: {method}"),
        format!("x-{style}-host: api.example"),
        format!("x-{style}-uri: {target}"),
    ];
    lines.extend(more.iter().map(|line| (*line).to_owned()));
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    request("GET", listen, &lines)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_original_request_decides_and_no_other() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let text = config(&tenant, "allow_preflights = true") + ROUTES;
    let file = TempFile::new("routes.toml", &text);
    let token = tenant.token(POLICY).scope("tasks.read").sign();
    let bearer = format!("authorization: Bearer {token}");
    let preflight = [
        "origin: https://spa.example",
        "access-control-request-method: GET",
    ];
    for (proxy, style) in [("haproxy", "original"), ("caddy", "forwarded")] {
        let (_running, listen) = gateway(&file, &["--forwarded", proxy]);
        for (original, headers, expected) in [
            ("GET /public/x?a=b", &[][..], "200"),
            // The bug: 400, although proxies and services let it pass.
            ("GET /public/x?a=\"<b>\"", &[], "200"),
            ("GET /public/\"<b>\"", &[], "400"),
            ("GET /tasks/1", &[], "401"),
            ("GET /tasks/1", &[&*bearer], "200"),
            ("DELETE /tasks/1", &[&*bearer], "403"),
            ("GET /public/../tasks", &[&*bearer], "400"),
            ("GET /public/%2e%2e/tasks", &[], "400"),
            ("GET http://api.example/public", &[], "400"),
            ("GET /public#/../tasks", &[], "400"),
            ("OPTIONS /tasks/1", &preflight, "200"),
            ("OPTIONS /tasks/1", &[], "403"),
            ("GET /tasks/1", &preflight, "401"),
            (
                "OPTIONS /tasks/1",
                &[&*bearer, preflight[0], preflight[1]],
                "403",
            ),
        ] {
            let answer = ask(&listen, style, original, headers);
            assert_eq!(status(&answer), expected, "{proxy}: {original}: {answer}");
            let is_anonymous = expected == "200" && !headers.contains(&&*bearer);
            assert_eq!(
                answer.contains("x-auth-subject: \r\n"),
                is_anonymous,
                "{answer}"
            );
        }
        // The bug: hyper's default is a hundred, and behind nginx its 431 became 500.
        let many: Vec<_> = (0..200).map(|at| format!("x-{at}: a")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let answer = ask(&listen, style, "GET /public", &many);
        assert_eq!(status(&answer), "200", "{answer}");
        // Even if the proxy's headers are missing, the path of the request to the gateway does not count.
        let answer = request("GET", &format!("{listen}/public"), &[]);
        assert_eq!(status(&answer), "400", "{answer}");
        let twice = format!("x-{style}-uri: /public");
        let answer = ask(&listen, style, "GET /public", &[&twice]);
        assert_eq!(status(&answer), "400", "{answer}");
        let other = if style == "original" {
            "forwarded"
        } else {
            "original"
        };
        let answer = ask(&listen, other, "GET /public", &[]);
        assert_eq!(status(&answer), "400", "{answer}");
    }
    // Envoy asks with the original method and path, so those of the request to the gateway count.
    let (_running, listen) = gateway(&file, &["--forwarded", "envoy"]);
    let lie = ["x-original-uri: /public", "x-original-method: GET"];
    for (target, expected) in [
        ("/public", "200"),
        ("/tasks", "401"),
        ("/public/../tasks", "400"),
    ] {
        for line in lie {
            let answer = request("GET", &format!("{listen}{target}"), &[line]);
            assert_eq!(status(&answer), expected, "{target}: {answer}");
        }
        let answer = request("GET", &format!("{listen}{target}"), &lie);
        let expected = "400";
        assert_eq!(status(&answer), expected, "{target}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_source_of_the_original_request_nothing_that_needs_one_starts() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    for (name, text) in [
        ("routes", config(&tenant, "") + ROUTES),
        (
            "allow_preflights",
            config(&tenant, "allow_preflights = true"),
        ),
        (
            "token.query",
            config(&tenant, "") + "[token]\nquery = \"access_token\"\n",
        ),
    ] {
        let file = TempFile::new("blind.toml", &text);
        let (code, errors) = failed(&mut gateway_command(&file));
        assert_eq!(code, Some(1), "{errors}");
        let expected = format!(": {name} = …: depends on the original method, host, path or query");
        assert!(errors.contains(&expected), "{errors}");

        let output = command(&["check", file.path()]).output().expect("it runs");
        let told = String::from_utf8(output.stdout).expect("text");
        assert_eq!(output.status.code(), Some(0), "{told}");
        assert!(
            told.contains(&format!("{name} = …: the gateway needs --forwarded")),
            "{told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_brings_no_routes_that_would_not_hold() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("later.toml", &config(&tenant, ""));
    let (mut running, listen) = gateway(&file, &[]);
    fs::write(file.path(), config(&tenant, "") + ROUTES).expect("it is rewritten");
    running.signal("-HUP");
    running.log("routes = …: depends on");
    let answer = request("GET", &format!("{listen}/public"), &[]);
    assert_eq!(status(&answer), "401", "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paths_without_a_route_are_reported_at_start() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("open.toml", &(config(&tenant, "") + ROUTES));
    let (mut running, listen) = gateway(&file, &["--forwarded", "traefik"]);
    running.log("a request that no route covers needs nothing but a good token");
    let answer = ask(&listen, "forwarded", "GET /other", &[]);
    assert_eq!(status(&answer), "401", "{answer}");

    let closed = ROUTES.to_owned() + "[routing]\notherwise = \"deny\"\n";
    fs::write(file.path(), config(&tenant, "") + &closed).expect("it is rewritten");
    running.signal("-HUP");
    running.log("configuration reloaded");
    let answer = ask(&listen, "forwarded", "GET /other", &[]);
    assert_eq!(status(&answer), "403", "{answer}");
}

/// The bug: a gateway that was asked by another proxy than that of `--forwarded` refused every request, and neither the log nor the metrics said so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_without_the_proxys_headers_are_counted_and_one_is_in_the_log() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("other-proxy.toml", &(config(&tenant, "") + ROUTES));
    let mut command = gateway_command(&file);
    command.args(["--admin-listen", "127.0.0.1:0", "--drain", "0s"]);
    let mut running = Running::spawn(command.args(["--forwarded", "caddy"]));
    let listen = running.url();
    let admin = running.line("admin listening on ");
    for _ in 0..3 {
        let answer = request("GET", &listen, &[]);
        assert_eq!(status(&answer), "400", "{answer}");
    }
    // The bug: the client's headers chose the rule.
    let proxys = [
        "x-original-method: GET",
        "x-original-host: api.example",
        "x-original-uri: /tasks/1",
    ];
    let answer = ask(&listen, "forwarded", "GET /public", &proxys);
    assert_eq!(status(&answer), "400", "{answer}");
    let twice = ["x-forwarded-method: GET"];
    ask(&listen, "forwarded", "GET /public", &twice);
    ask(&listen, "forwarded", "GET public", &[]);
    let metrics = request("GET", &format!("{admin}/metrics"), &[]);
    for count in [
        "missing\"} 3",
        "repeated\"} 1",
        "invalid\"} 1",
        "of_another_proxy\"} 1",
    ] {
        let line = format!("b2c_auth_unreadable_requests_total{{header=\"{count}\n");
        assert!(metrics.contains(&line), "{line}: {metrics}");
    }
    running.signal("-TERM");
    let (_, log) = running.end();
    let warnings: Vec<_> = log
        .lines()
        .filter(|line| line.contains("refused with 400"))
        .collect();
    assert_eq!(warnings.len(), 4, "{log}");
    for (warning, header) in warnings.iter().zip([
        "header is missing; check that --forwarded names the proxy that asks",
        "header of another kind of proxy; check that --forwarded",
        "header came more than once; check that --forwarded",
        "the original request cannot be read",
    ]) {
        assert!(
            warning.contains(" WARN ") && warning.contains(header),
            "{warning}"
        );
    }
    assert!(warnings[0].contains("header=x-forwarded-method"), "{log}");
}

/// The bug: each scanner that sent no Host through a proxy that was configured well caused a warning.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_the_right_proxy_a_client_without_a_host_causes_no_warning() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("no-host.toml", &(config(&tenant, "") + ROUTES));
    let (mut running, listen) = gateway(&file, &["--forwarded", "haproxy"]);
    let answer = ask(&listen, "original", "GET /public", &[]);
    assert_eq!(status(&answer), "200", "{answer}");
    let without_host = ["x-original-method: GET", "x-original-uri: /public"];
    let answer = request("GET", &listen, &without_host);
    assert_eq!(status(&answer), "400", "{answer}");
    let line = running.log("header is missing");
    assert!(
        line.contains(" INFO ") && line.contains("a client sent this one without a Host"),
        "{line}"
    );
}

/// The bug: with `--forwarded nginx` alone, nginx turned 403 into 401 without a challenge, and 400 and 503 into 500; nothing said so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_gets_answers_that_it_understands() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("nginx.toml", &(config(&tenant, "") + ROUTES));
    let token = tenant.token(POLICY).scope("tasks.none").sign();
    let bearer = format!("authorization: Bearer {token}");
    let (_running, listen) = gateway(&file, &["--forwarded", "nginx"]);
    for (original, headers, actual) in [
        ("GET /tasks/1", &[&*bearer][..], "403"),
        ("GET /tasks/../tasks", &[], "400"),
        ("GET tasks", &[], "400"),
    ] {
        let answer = ask(&listen, "original", original, headers);
        assert_eq!(status(&answer), "403", "{original}: {answer}");
        let expected = format!("x-auth-status: {actual}\r\n");
        assert!(answer.contains(&expected), "{original}: {answer}");
    }
}

/// The bug: the gateway and `check` accepted answers for nginx together with the headers of another proxy.
#[test]
fn answers_for_nginx_go_with_no_other_proxy() {
    let text =
        "audiences = [\"api\"]\nauthorities = [{ tenant = \"contoso\", policy = \"B2C_1_in\" }]\n";
    let file = TempFile::new("two-proxies.toml", text);
    let mut gateway = gateway_command(&file);
    gateway.args(["--nginx", "--forwarded", "haproxy"]);
    let mut check = command(&["check", file.path(), "--forwarded", "haproxy"]);
    check.env("B2C_AUTH_NGINX", "true");
    for command in [&mut gateway, &mut check] {
        let (code, errors) = failed(command);
        assert_eq!(code, Some(1), "{errors}");
        let expected = "b2c-auth: --nginx (B2C_AUTH_NGINX) contradicts --forwarded haproxy (B2C_AUTH_FORWARDED): for nginx, write --forwarded nginx; ";
        assert!(errors.starts_with(expected), "{errors}");
    }
    let mut both = command(&["check", file.path(), "--nginx", "--forwarded", "nginx"]);
    assert_eq!(failed(&mut both).0, Some(0));
}
