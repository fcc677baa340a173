//! `/emulator`: the page, and who may use it and the control endpoints.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use b2c_emulator::{Emulator, Seed};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::browser::{API, POLICY, Visit, request};

#[tokio::test]
async fn the_page_shows_urls_keys_users_and_the_last_requests() {
    let mut visit = Visit::new();
    visit
        .get(&format!("{POLICY}/v2.0/.well-known/openid-configuration"))
        .await;
    visit
        .token(&[
            ("grant_type", "dance"),
            ("client_id", super::browser::CLIENT),
        ])
        .await;
    let page = visit.get("/emulator").await;
    let kid = visit.emulator.signing_key("B2C_1_signupsignin1");
    let issuer = visit.emulator.issuer(&b2c_emulator::IssuerForm::Default);
    for text in [
        kid.kid(),
        &issuer,
        "bo@contoso.example",
        "contosocustomers",
        "AADB2C90086",
    ] {
        assert!(page.body.contains(text), "{text}");
    }
}

/// The bug: a token with roles and no scope was called an access token; it can be an ID token.
#[tokio::test]
async fn a_decoded_token_shows_its_kind() {
    let mut visit = Visit::new();
    for (claims, kind) in [
        (
            r#"{"scp":"tasks.read","roles":["admin"]}"#,
            "It is an access token. ",
        ),
        (r#"{"roles":["admin"]}"#, "It has roles and no scope: "),
        ("{}", "It has no scope and no role. "),
    ] {
        let part = |text| URL_SAFE_NO_PAD.encode(text);
        let token = format!("{}.{}.", part("{}"), part(claims));
        let page = visit
            .post("/emulator/page", &[("action", "decode"), ("token", &token)])
            .await;
        assert!(page.body.contains(kind), "{claims}: {}", page.body);
    }
}

#[tokio::test]
async fn forms_work_without_scripts() {
    let mut visit = Visit::new();
    let minted = visit
        .post(
            "/emulator/page",
            &[("action", "mint"), ("tenant", "contoso"), ("scope", "a b")],
        )
        .await;
    let (_, rest) = minted.body.split_once("data-copy=\"\">eyJ").unwrap();
    let token = format!("eyJ{}", rest.split('<').next().unwrap());
    assert_eq!(super::browser::claims(&token)["scp"], "a b");
    let taken = visit
        .post("/emulator/page", &[("action", "decode"), ("token", &token)])
        .await;
    assert!(
        taken.body.contains(
            "It is an access token. Its key is published by contoso. It expires in 3600 s."
        ),
        "{}",
        taken.body
    );
    let nonsense = visit
        .post(
            "/emulator/page",
            &[("action", "decode"), ("token", "<b>.x")],
        )
        .await;
    assert!(nonsense.body.contains("This is not a token"));
    let path = format!("{POLICY}/discovery/v2.0/keys");
    visit.post("/emulator/page", &[("action", "outage")]).await;
    assert_eq!(
        visit.get(&path).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    visit.post("/emulator/page", &[("action", "heal")]).await;
    let old = visit.emulator.signing_key("B2C_1_signupsignin1");
    visit.post("/emulator/page", &[("action", "rotate")]).await;
    assert_ne!(
        visit.emulator.signing_key("B2C_1_signupsignin1").kid(),
        old.kid()
    );
    assert_eq!(
        visit.get(&path).await.json()["keys"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    visit.post("/emulator/page", &[("action", "reset")]).await;
    assert_eq!(
        visit.emulator.signing_key("B2C_1_signupsignin1").kid(),
        old.kid()
    );
}

/// The bug: for a user of another tenant, the form made a token of the first user, and for an unreadable lifetime, one that is valid for an hour.
#[tokio::test]
async fn a_token_that_cannot_be_made_as_ordered_is_not_made() {
    let mut visit = Visit::new();
    let of_b2c = visit.emulator.users().remove(0).object_id;
    for (name, value) in [
        ("user", &of_b2c[..]),
        ("expires_in", "5m"),
        ("expires_in", "-60"),
    ] {
        let form = [
            ("action", "mint"),
            ("tenant", "contosocustomers"),
            (name, value),
        ];
        let page = visit.post("/emulator/page", &form).await;
        assert!(page.body.contains("id=\"problem\""), "{name}={value}");
        assert!(!page.body.contains("id=\"minted\""), "{name}={value}");
    }
}

/// The bug: the form always sent a user. For a tenant without users, that was one of another tenant, who is refused, so the tenant got no token.
#[tokio::test]
async fn the_form_makes_a_token_of_a_tenant_without_users() {
    let seed = r#"
        [[tenant]]
        kind = "entra-id"
        name = "work"
        id = "bbbbcccc-1111-dddd-2222-eeee3333ffff"
    "#;
    let seed = Seed::from_toml(seed).unwrap();
    let mut visit = Visit::with(Emulator::builder().seed(seed).control(true));
    let page = visit.get("/emulator").await.body;
    assert!(page.contains("name=\"user\"><option value=\"\">the first</option>"));
    let form = [("action", "mint"), ("tenant", "work"), ("user", "")];
    let page = visit.post("/emulator/page", &form).await;
    assert!(page.body.contains("id=\"minted\""), "{}", page.body);
}

/// The bug: the page showed `/tasks.read`, which the tenant refuses.
#[tokio::test]
async fn the_page_shows_a_scope_without_application_id_uri_as_the_tenant_accepts_it() {
    let mut seed = Seed::default();
    seed.tenants[0].applications[0].app_id_uri = None;
    let mut visit = Visit::with(Emulator::builder().seed(seed).control(true));
    let page = visit.get("/emulator").await.body;
    let scope = format!("{API}/tasks.read");
    assert!(
        page.contains(&format!("<code data-copy=\"\">{scope}</code>")),
        "{page}"
    );
    let sign_in = visit.authorize(&[("scope", &scope)]).await;
    assert_eq!(sign_in.status, StatusCode::OK, "{}", sign_in.body);
}

/// The bug: the page computed `sub` without a client, so it differed.
#[tokio::test]
async fn a_users_token_has_the_same_sub_from_the_page_and_over_http() {
    let mut visit = Visit::new();
    let tenant = visit.emulator.tenants().nth(1).unwrap();
    let user = tenant.users().remove(0).object_id;
    let form = [
        ("action", "mint"),
        ("tenant", "contosocustomers"),
        ("user", &user),
    ];
    let page = visit.post("/emulator/page", &form).await;
    let (_, rest) = page.body.split_once("data-copy=\"\">eyJ").unwrap();
    let token = format!("eyJ{}", rest.split('<').next().unwrap());
    let ordered = super::browser::claims(&tenant.token("").sign());
    assert_eq!(super::browser::claims(&token)["sub"], ordered["sub"]);
}

#[tokio::test]
async fn the_page_refuses_foreign_hosts_and_origins() {
    let mut visit = Visit::new();
    for host in [
        "evil.example",
        "contoso.b2clogin.com",
        "127.0.0.1.evil.example",
    ] {
        for path in ["/emulator", "/emulator/requests"] {
            let answer = visit
                .send(request(Method::GET, path, &[("host", host)]))
                .await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{host}");
        }
    }
    let foreign = [
        [("host", "localhost"), ("origin", "https://evil.example")],
        [("host", "localhost"), ("origin", "null")],
        [("host", "localhost"), ("origin", "http://localhost:3000")],
        [("host", "localhost"), ("sec-fetch-site", "cross-site")],
        [("host", "localhost"), ("sec-fetch-site", "same-site")],
    ];
    for headers in foreign {
        for path in ["/emulator/rotate", "/emulator/reset", "/emulator/page"] {
            let answer = visit.send(request(Method::POST, path, &headers)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        }
        let answer = visit
            .send(request(Method::OPTIONS, "/emulator/reset", &headers))
            .await;
        assert!(answer.headers.get("access-control-allow-origin").is_none());
    }
    let own = [("host", "localhost"), ("origin", "http://localhost")];
    let answer = visit
        .send(request(Method::POST, "/emulator/reset", &own))
        .await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn scripts_of_other_origins_may_ask_for_tokens() {
    let headers = [
        ("origin", "https://localhost:3000"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "x-client-sku"),
    ];
    let path = "/contoso.onmicrosoft.com/b2c_1_signupsignin1/oauth2/v2.0/token";
    let answer = Visit::new()
        .send(request(Method::OPTIONS, path, &headers))
        .await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    assert_eq!(
        answer.headers["access-control-allow-headers"],
        "x-client-sku"
    );
}

#[tokio::test]
async fn users_and_keys_are_changed_over_http() {
    let mut visit = Visit::new();
    let user = r#"{"object_id":"u9","name":"Nine","emails":["nine@contoso.example"]}"#;
    let put = Request::put("/emulator/users?tenant=contosocustomers")
        .header("content-type", "application/json")
        .body(Body::from(user))
        .unwrap();
    assert_eq!(visit.send(put).await.status, StatusCode::NO_CONTENT);
    let users = visit
        .get("/emulator/users?tenant=contosocustomers")
        .await
        .json();
    assert_eq!(users.as_array().unwrap().len(), 4);
    let gone = request(
        Method::DELETE,
        "/emulator/users/u9?tenant=contosocustomers",
        &[],
    );
    assert_eq!(visit.send(gone).await.status, StatusCode::NO_CONTENT);
    assert_eq!(visit.emulator.users().len(), 3);
    assert_eq!(
        visit.get("/emulator/users?tenant=nobody").await.status,
        StatusCode::NOT_FOUND
    );

    let make = Request::post("/emulator/keys")
        .header("content-type", "application/json")
        .body(Body::from(r#"{"publish":true,"sign":false}"#))
        .unwrap();
    let kid = visit.send(make).await.json()["kid"]
        .as_str()
        .unwrap()
        .to_owned();
    let policy = "B2C_1_signupsignin1";
    assert_ne!(visit.emulator.signing_key(policy).kid(), kid);
    let sign = request(Method::POST, &format!("/emulator/keys/{kid}/sign"), &[]);
    assert_eq!(visit.send(sign).await.status, StatusCode::NO_CONTENT);
    assert_eq!(visit.emulator.signing_key(policy).kid(), kid);
    let withdraw = request(Method::DELETE, &format!("/emulator/keys/{kid}"), &[]);
    assert_eq!(visit.send(withdraw).await.status, StatusCode::NO_CONTENT);
    assert!(!visit.emulator.published_kids(policy).contains(&kid));
    let pem = b2c_emulator::SigningKey::generate().unwrap();
    let order = serde_json::json!({ "publish": true, "sign": false, "pem": pem.private_pem(), "kid": "mine" });
    let make = Request::post("/emulator/keys")
        .header("content-type", "application/json")
        .body(Body::from(order.to_string()))
        .unwrap();
    assert_eq!(visit.send(make).await.json()["kid"], "mine");
    assert!(
        visit
            .emulator
            .published_kids(policy)
            .contains(&"mine".to_owned())
    );
    let keys = visit.get("/emulator/keys").await.json();
    assert_eq!(keys["b2c_1_signupsignin1"]["signing"], kid);
}

/// The bug: the user was stored, and was on no sign-in page.
#[tokio::test]
async fn a_user_of_another_tenant_is_refused_where_none_can_sign_in() {
    let mut visit = Visit::new();
    let user =
        r#"{"object_id":"u9","name":"Nine","tenant_id":"ddddeeee-3333-ffff-4444-aaaa5555bbbb"}"#;
    let put = Request::put("/emulator/users")
        .header("content-type", "application/json")
        .body(Body::from(user))
        .unwrap();
    let answer = visit.send(put).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.body.contains("the user's tenant id"),
        "{}",
        answer.body
    );
    assert_eq!(visit.emulator.users().len(), 3);
}

#[tokio::test]
async fn without_control_there_is_neither_page_nor_endpoint() {
    let mut visit = Visit::with(Emulator::builder());
    for path in ["/emulator", "/emulator/requests", "/emulator/ca.pem"] {
        assert_eq!(
            visit.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
