//! What attackers try at the sign-in.

use axum::http::{Method, StatusCode};

use super::browser::{ALEX, API, POLICY, SPA, Visit, query, request};

#[tokio::test]
async fn redirect_uris_must_match_exactly() {
    let mut visit = Visit::new();
    for uri in [
        "https://evil.example/",
        "http://localhost:3000/?x=1",
        "http://localhost:3000//",
        "http://LOCALHOST:3000/",
        "http://localhost:3000/.evil.example",
        "http://localhost:3000@evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "http://localhost:3000/%0d%0aLocation:%20https://evil.example",
    ] {
        for other in [("prompt", ""), ("prompt", "none"), ("scope", "nonsense")] {
            let page = visit.authorize(&[("redirect_uri", uri), other]).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{uri}");
            assert!(page.headers.get("location").is_none(), "{uri}");
            assert!(page.body.contains("AADB2C90006"), "{uri}");
        }
        let path = format!("{POLICY}/signin?{}", query(&[("redirect_uri", uri)]));
        let page = visit.post(&path, &[("user", ALEX)]).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{uri}");
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_for_its_client_uri_policy_and_verifier_only() {
    let mut visit = Visit::new();
    let code = visit.code(&[]).await;
    for (change, error) in [
        (("client_id", API), "AADB2C90279"),
        (("redirect_uri", "http://localhost:3000"), "AADB2C90006"),
        (("code_verifier", ""), "AADB2C90183"),
        (("code_verifier", &"x".repeat(43)[..]), "AADB2C90183"),
        (("client_secret", "emulator-secret"), "AADB2C90084"),
        (("code", "guessed"), "AADB2C90090"),
    ] {
        let answer = visit.redeem(&code, &[change]).await;
        assert_eq!(answer.error().1, error);
        assert_ne!(answer.status, StatusCode::OK);
    }
    assert_eq!(visit.redeem(&code, &[]).await.status, StatusCode::OK);
    let replay = visit.redeem(&code, &[]).await;
    assert_eq!(
        replay.error(),
        ("invalid_grant".into(), "AADB2C90129".into())
    );
}

#[tokio::test]
async fn pkce_cannot_be_removed_or_weakened() {
    let mut visit = Visit::new();
    for (changes, error) in [
        (
            vec![("code_challenge", ""), ("code_challenge_method", "")],
            "AADB2C99059",
        ),
        (vec![("code_challenge_method", "plain")], "AADB2C90184"),
        (vec![("code_challenge_method", "")], "AADB2C90184"),
        (vec![("code_challenge", "short")], "AADB2C90122"),
    ] {
        let answer = visit.authorize(&changes).await;
        assert_eq!(
            answer.redirected_error(),
            ("invalid_request".into(), error.into())
        );
    }
}

#[tokio::test]
async fn echoed_input_is_escaped() {
    let mut visit = Visit::new();
    let nasty = "\"'><script>alert(1)</script>&x=\r\nSet-Cookie: a=b";
    let changes = [("state", nasty), ("nonce", nasty), ("login_hint", nasty)];
    let page = visit.authorize(&changes).await;
    assert!(!page.body.contains("<script"), "{}", page.body);
    let back = visit.post(&page.form_action(), &[("user", ALEX)]).await;
    assert_eq!(back.param("state").unwrap(), nasty);
    assert_eq!(back.headers.get_all("set-cookie").iter().count(), 1);
    let answer = visit.redeem(&back.param("code").unwrap(), &[]).await;
    assert_eq!(answer.claims("id_token")["nonce"], nasty);

    let posted = [("state", nasty), ("response_mode", "form_post")];
    let form = visit.authorize(&posted).await;
    assert_eq!(
        form.body.matches("<script").count(),
        1,
        "its own: {}",
        form.body
    );
    assert!(
        form.body.contains("&quot;'&gt;&lt;script&gt;"),
        "{}",
        form.body
    );

    for name in ["client_id", "redirect_uri"] {
        let page = visit.authorize(&[(name, nasty)]).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(!page.body.contains("<script"), "{}", page.body);
    }
}

#[tokio::test]
async fn pages_run_no_foreign_scripts_and_stand_in_no_frame() {
    let mut visit = Visit::new();
    let page = visit.authorize(&[]).await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'none'"));
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.headers["referrer-policy"], "same-origin");
    assert!(page.headers.get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn huge_and_repeated_parameters_are_refused() {
    let mut visit = Visit::new();
    let huge = "a".repeat(40_000);
    let page = visit.authorize(&[("state", &huge)]).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    let answer = visit.token(&[("grant_type", &huge)]).await;
    assert_eq!(answer.error().0, "invalid_request");
    let large = "s".repeat(8_000);
    let back = visit.sign_in(&[("state", &large)]).await;
    assert_eq!(back.param("state").unwrap(), large);

    let path = format!(
        "{POLICY}/oauth2/v2.0/authorize?{}&redirect_uri=https://evil.example/",
        query(&[])
    );
    let twice = visit.get(&path).await;
    assert_eq!(twice.status, StatusCode::BAD_REQUEST);
    assert!(twice.headers.get("location").is_none());
}

#[tokio::test]
async fn another_page_cannot_sign_somebody_in() {
    let mut visit = Visit::new();
    let path = format!("{POLICY}/signin?{}", query(&[]));
    for origin in ["https://evil.example", "null", "http://localhost:3000"] {
        let mut forged = request(Method::POST, &path, &[("origin", origin)]);
        *forged.body_mut() = format!("user={ALEX}").into();
        let answer = visit.send(forged).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
    }
    let mut own = request(Method::POST, &path, &[("origin", "http://127.0.0.1:0")]);
    *own.body_mut() = format!("user={ALEX}").into();
    assert!(visit.send(own).await.location().starts_with(SPA));
}

#[tokio::test]
async fn hosts_that_are_not_the_tenants_are_not_answered() {
    let mut visit = Visit::new();
    let path = format!("{POLICY}/v2.0/.well-known/openid-configuration");
    for host in [
        "evil.example",
        "localhost.evil.example",
        "user@localhost",
        "contoso.b2clogin.com.evil",
    ] {
        let answer = visit
            .send(request(Method::GET, &path, &[("host", host)]))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{host}");
    }
    for host in [
        "localhost:8443",
        "[::1]:8443",
        "contoso.b2clogin.com",
        "login.contoso.example:8443",
    ] {
        let answer = visit
            .send(request(Method::GET, &path, &[("host", host)]))
            .await;
        let issuer = answer.json()["issuer"].as_str().unwrap().to_owned();
        assert!(issuer.starts_with(&format!("http://{host}/")), "{issuer}");
    }
}
