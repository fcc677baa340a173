//! From the page to the tokens.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::browser::{ALEX, API, CLIENT, POLICY, READ, SPA, VERIFIER, Visit, WEB, query, request};

#[tokio::test]
async fn a_code_becomes_tokens_in_b2cs_shape() {
    let mut visit = Visit::new();
    let back = visit.sign_in(&[]).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    assert!(back.location().starts_with(&format!("{SPA}#code=")));
    assert_eq!(back.param("state").unwrap(), "s1");

    let answer = visit.redeem(&back.param("code").unwrap(), &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["not_before"], 1_800_000_000);
    assert_eq!(tokens["expires_on"], 1_800_003_600);
    assert_eq!(tokens["resource"], API);
    assert_eq!(tokens["refresh_token_expires_in"], 86_400);
    assert_eq!(tokens["scope"], format!("{READ} openid offline_access"));
    let claims = answer.claims("access_token");
    let expected = json!({
        "iss": "http://127.0.0.1:0/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/",
        "exp": 1_800_003_600, "nbf": 1_800_000_000, "iat": 1_800_000_000,
        "aud": API, "azp": CLIENT, "scp": "tasks.read", "oid": ALEX, "sub": ALEX, "name": "Alex Example",
        "given_name": "Alex", "family_name": "Example", "emails": ["alex@contoso.example"],
        "tfp": "B2C_1_signupsignin1", "nonce": "n1", "ver": "1.0",
    });
    assert_eq!(claims, expected);
    let id = answer.claims("id_token");
    assert_eq!(id["aud"], CLIENT);
    assert_eq!(id["auth_time"], 1_800_000_000);
    assert!(id["scp"].is_null() && id["azp"].is_null(), "{id}");
}

#[tokio::test]
async fn paths_are_found_in_every_form_and_letter_case() {
    let mut visit = Visit::new();
    let query = query(&[]);
    for path in [
        format!("/CONTOSO.onmicrosoft.com/b2c_1_SIGNUPSIGNIN1/OAuth2/V2.0/Authorize?{query}"),
        format!("/tfp/contoso.onmicrosoft.com/b2c_1_signupsignin1/oauth2/v2.0/authorize?{query}"),
        format!(
            "/AAAABBBB-0000-cccc-1111-dddd2222eeee/oauth2/v2.0/authorize?p=B2C_1_SignUpSignIn1&{query}"
        ),
    ] {
        let page = visit.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let back = visit.post(&page.form_action(), &[("user", ALEX)]).await;
        assert!(back.location().starts_with(SPA), "{path}");
        // A session would answer the next one at once.
        visit.emulator.reset();
    }
}

#[tokio::test]
async fn the_authorization_request_may_be_posted() {
    let mut visit = Visit::new();
    let form = query(&[]);
    let mut post = request(
        Method::POST,
        &format!("{POLICY}/oauth2/v2.0/authorize"),
        &[("content-type", "application/x-www-form-urlencoded")],
    );
    *post.body_mut() = form.into();
    let page = visit.send(post).await;
    let back = visit.post(&page.form_action(), &[("user", ALEX)]).await;
    assert!(back.param("code").is_some());
}

#[tokio::test]
async fn there_are_three_response_modes() {
    let mut visit = Visit::new();
    let in_query = visit.sign_in(&[("response_mode", "query")]).await;
    assert!(in_query.location().starts_with(&format!("{SPA}?code=")));
    let form = visit.authorize(&[("response_mode", "form_post")]).await;
    assert_eq!(form.status, StatusCode::OK);
    assert_eq!(form.form_action(), SPA);
    assert!(form.body.contains("name=\"code\"") && form.body.contains("name=\"state\""));
    let unknown = visit.authorize(&[("response_mode", "web_message")]).await;
    assert_eq!(unknown.redirected_error().1, "AADB2C90014");
}

#[tokio::test]
async fn the_implicit_flow_needs_the_applications_permission() {
    let mut visit = Visit::new();
    let changes = [
        ("client_id", API),
        ("redirect_uri", "https://jwt.ms"),
        ("response_type", "id_token"),
        ("response_mode", ""),
        ("scope", "openid"),
    ];
    let back = visit.sign_in(&changes).await;
    assert!(back.location().starts_with("https://jwt.ms#id_token="));
    let claims = super::browser::claims(&back.param("id_token").unwrap());
    assert_eq!(
        (&claims["aud"], &claims["nonce"]),
        (&json!(API), &json!("n1"))
    );
    let off = visit.authorize(&[("response_type", "id_token")]).await;
    assert_eq!(off.redirected_error().1, "AADB2C90057");
}

#[tokio::test]
async fn an_implicit_access_token_and_a_code_are_bound_to_their_id_token() {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let half = |value: &str| {
        let digest = digest(&SHA256, value.as_bytes());
        URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16])
    };
    let mut visit = Visit::new();
    let scope = format!("openid {READ}");
    let back = visit
        .sign_in(&[
            ("client_id", API),
            ("redirect_uri", "https://jwt.ms"),
            ("response_type", "code id_token token"),
            ("scope", &scope),
        ])
        .await;
    let param = |name: &str| back.param(name).expect(name);
    let id = super::browser::claims(&param("id_token"));
    assert_eq!(id["at_hash"], half(&param("access_token")));
    assert_eq!(id["c_hash"], half(&param("code")));
    assert_eq!(
        (param("token_type"), param("expires_in")),
        ("Bearer".into(), "3600".into())
    );
    let in_query = [
        ("response_type", "id_token"),
        ("response_mode", "query"),
        ("client_id", API),
        ("redirect_uri", "https://jwt.ms"),
    ];
    let refused = visit.authorize(&in_query).await;
    assert_eq!(refused.redirected_error().1, "AADB2C90014");
}

/// The bug: the answer had neither an access token nor an error.
#[tokio::test]
async fn an_implicit_access_token_needs_a_scope_of_an_api() {
    let mut visit = Visit::new();
    for response_type in ["token", "id_token token", "code token"] {
        let changes = [
            ("client_id", API),
            ("redirect_uri", "https://jwt.ms"),
            ("response_type", response_type),
            ("scope", "openid"),
        ];
        let refused = visit.authorize(&changes).await;
        let expected = ("invalid_request".into(), "AADB2C90055".into());
        assert_eq!(refused.redirected_error(), expected, "{response_type}");
    }
}

#[tokio::test]
async fn a_web_application_needs_its_secret_and_no_other() {
    let mut visit = Visit::new();
    let changes = [
        ("redirect_uri", WEB),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let code = visit.code(&changes).await;
    let form = |secret| {
        vec![
            ("redirect_uri", WEB),
            ("code_verifier", ""),
            ("client_secret", secret),
        ]
    };
    for (secret, error) in [("", "AADB2C90079"), ("wrong", "AADB2C90081")] {
        let answer = visit.redeem(&code, &form(secret)).await;
        assert_eq!(answer.error(), ("invalid_client".into(), error.into()));
    }
    // A refusal does not use the code up.
    let answer = visit.redeem(&code, &form("emulator-secret")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn scopes_are_granted_or_refused_by_what_the_api_exposes() {
    let mut visit = Visit::new();
    let some = format!("openid {READ} https://contoso.onmicrosoft.com/tasks-api/unknown");
    let code = visit.code(&[("scope", &some)]).await;
    let answer = visit.redeem(&code, &[]).await;
    assert_eq!(answer.claims("access_token")["scp"], "tasks.read");
    assert!(answer.json()["refresh_token"].is_null());

    let own = format!("openid {CLIENT}");
    let code = visit
        .authorize(&[("scope", &own)])
        .await
        .param("code")
        .unwrap();
    let answer = visit.redeem(&code, &[]).await;
    let claims = answer.claims("access_token");
    assert_eq!(
        (&claims["aud"], claims["scp"].is_null()),
        (&json!(CLIENT), true)
    );

    let code = visit
        .authorize(&[("scope", "openid")])
        .await
        .param("code")
        .unwrap();
    assert!(visit.redeem(&code, &[]).await.json()["access_token"].is_null());

    for (scope, error) in [
        (
            "https://contoso.onmicrosoft.com/tasks-api/none",
            ("invalid_request", "AADB2C90205"),
        ),
        (
            "https://elsewhere.example/api/read",
            ("invalid_scope", "AADB2C90117"),
        ),
        ("", ("invalid_request", "AADB2C90010")),
        ("offline_access", ("invalid_request", "AADB2C90115")),
        (
            &format!("{READ} {CLIENT}"),
            ("invalid_scope", "AADB2C90146"),
        ),
    ] {
        let answer = visit.authorize(&[("scope", scope)]).await;
        let (kind, code) = answer.redirected_error();
        assert_eq!((&kind[..], &code[..]), error, "{scope}");
    }
}

#[tokio::test]
async fn a_daemon_gets_its_roles_in_scp() {
    let mut visit = Visit::new();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", "emulator-secret"),
        (
            "scope",
            "https://contoso.onmicrosoft.com/tasks-api/.default",
        ),
    ];
    let answer = visit.token(&form).await;
    let claims = answer.claims("access_token");
    assert_eq!(claims["scp"], "tasks.read.all");
    assert_eq!(
        (&claims["aud"], &claims["sub"]),
        (&json!(API), &json!(CLIENT))
    );
    assert!(claims["roles"].is_null() && claims["oid"].is_null());
    assert!(answer.json()["refresh_token"].is_null());
    let answer = visit.token(&form[..2]).await;
    assert_eq!(answer.error().0, "invalid_client");
    let answer = visit
        .token(&[form[0], form[1], form[2], ("scope", READ)])
        .await;
    assert_eq!(answer.error().1, "AADB2C99068");
}

/// The bug: `scp` and `emails` were there and empty.
#[tokio::test]
async fn a_claim_without_a_value_is_left_out() {
    let mut visit = Visit::new();
    let own = format!("{CLIENT}/.default");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", "emulator-secret"),
        ("scope", &own),
    ];
    let daemon = visit.token(&form).await.claims("access_token");
    assert_eq!(daemon.get("scp"), None);
    let mut user = visit.emulator.users().remove(0);
    user.emails.clear();
    visit.emulator.put_user(user);
    let code = visit.code(&[]).await;
    let claims = visit.redeem(&code, &[]).await.claims("id_token");
    assert_eq!(claims.get("emails"), None);
}

#[tokio::test]
async fn a_code_ends_after_ten_minutes() {
    let mut visit = Visit::new();
    let code = visit.code(&[]).await;
    visit.pass(Duration::from_secs(600));
    let answer = visit.redeem(&code, &[("code_verifier", VERIFIER)]).await;
    assert_eq!(
        answer.error(),
        ("invalid_grant".into(), "AADB2C90080".into())
    );
}
