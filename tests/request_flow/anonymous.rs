//! Requests without credentials, where they are allowed.

use axum::{Extension, Router, body::Body, routing::get};
use b2c_emulator::Emulator;
use http::{HeaderMap, Request};
use tower::ServiceExt as _;
use tower_b2c_auth::{AuthError, ClaimHeaders, TokenSettings, UserId, VerifiedClaims, scope};

use crate::support::{POLICY, layer_for, text};

async fn name(claims: Option<VerifiedClaims>) -> String {
    let name = claims.as_ref().and_then(|claims| claims.name());
    name.unwrap_or("nobody").to_owned()
}

async fn ask(app: &Router, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let reason = response
        .extensions()
        .get::<AuthError>()
        .map(AuthError::reason);
    match reason {
        Some(reason) => (status, reason.to_owned()),
        None => (status, text(response).await),
    }
}

#[tokio::test]
async fn anonymous_requests_pass_without_claims_but_bad_tokens_are_refused() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).allow_anonymous().build().unwrap();
    let app = Router::new()
        .route("/", get(name))
        .route("/tasks", get(name).layer(auth.require(scope("tasks.read"))))
        .layer(auth.clone());
    let bearer = |token: String| format!("Bearer {token}");
    let good = bearer(tenant.token(POLICY).scope("tasks.read").sign());
    let expired = bearer(tenant.token(POLICY).expires_at(1_500_000_000).sign());
    for (path, authorization, status, said) in [
        ("/", None, 200, "nobody"),
        ("/", Some(&*good), 200, "Alex Example"),
        ("/", Some(&expired), 401, "expired"),
        ("/", Some("Basic YTpi"), 401, "missing_credentials"),
        ("/", Some(""), 400, "empty_credentials"),
        ("/tasks", None, 401, "missing_credentials"),
        ("/tasks", Some(&good), 200, "Alex Example"),
        ("/tasks", Some(&expired), 401, "expired"),
    ] {
        let header: Vec<_> = authorization
            .map(|value| ("authorization", value))
            .into_iter()
            .collect();
        assert_eq!(
            ask(&app, path, &header).await,
            (status, said.to_owned()),
            "{path} {authorization:?}"
        );
    }
    let decisions = auth.decisions();
    assert_eq!((decisions.anonymous, decisions.accepted), (2, 2));
}

#[tokio::test]
async fn a_handler_that_asks_for_a_user_refuses_the_anonymous() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).allow_anonymous().build().unwrap();
    let app = Router::new()
        .route("/claims", get(|_: VerifiedClaims| async {}))
        .route("/user", get(|_: UserId| async {}))
        .layer(auth);
    let good = format!("Bearer {}", tenant.token(POLICY).sign());
    for path in ["/claims", "/user"] {
        assert_eq!(
            ask(&app, path, &[]).await,
            (401, "missing_credentials".into())
        );
        let (status, _) = ask(&app, path, &[("authorization", &good)]).await;
        assert_eq!(status, 200, "{path}");
    }
}

#[tokio::test]
async fn an_anonymous_request_of_an_inner_layer_does_not_see_outer_claims() {
    let tenant = Emulator::start().await.unwrap();
    let outer = layer_for(&tenant).build().unwrap();
    let inner = layer_for(&tenant).allow_anonymous().token(TokenSettings {
        cookie: Some("session".into()),
        ..TokenSettings::default()
    });
    let inner = inner.build().unwrap();
    let with_rules =
        |layer: &tower_b2c_auth::B2cAuthLayer| get(name).layer(layer.require(scope("tasks.read")));
    let app = Router::new()
        .route("/", get(name))
        .route("/inner", with_rules(&inner))
        .route("/outer", with_rules(&outer))
        .layer(inner.clone())
        .layer(outer.clone());
    let good = format!("Bearer {}", tenant.token(POLICY).scope("tasks.read").sign());
    let good: &[_] = &[("authorization", &*good)];
    assert_eq!(ask(&app, "/", good).await, (200, "nobody".into()));
    assert_eq!(
        ask(&app, "/inner", good).await,
        (401, "missing_credentials".into())
    );
    // The requirement trusts its own layer, which has seen a token; the handler gets the innermost layer's claims.
    assert_eq!(ask(&app, "/outer", good).await, (200, "nobody".into()));
}

#[tokio::test]
async fn a_requirement_of_an_outer_layer_that_let_an_anonymous_request_pass_answers_401() {
    let tenant = Emulator::start().await.unwrap();
    let outer = layer_for(&tenant).allow_anonymous().build().unwrap();
    let inner = layer_for(&tenant).allow_anonymous().build().unwrap();
    let app = Router::new()
        .route("/", get(name).layer(outer.require(scope("tasks.read"))))
        .layer(inner)
        .layer(outer.clone());
    assert_eq!(
        ask(&app, "/", &[]).await,
        (401, "missing_credentials".into())
    );
}

#[tokio::test]
async fn claim_headers_of_the_anonymous_are_empty() {
    async fn headers(
        Extension(headers): Extension<ClaimHeaders>,
        claims: Option<VerifiedClaims>,
    ) -> HeaderMap {
        claims.map_or_else(|| headers.empty(), |claims| headers.of(&claims))
    }
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant)
        .allow_anonymous()
        .claim_header("x-user", "name");
    let app = Router::new()
        .route("/", get(headers))
        .layer(auth.build().unwrap());
    let answer = |authorization: Option<String>| {
        let mut request = Request::get("/").header("x-user", "forged");
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        app.clone().oneshot(request.body(Body::empty()).unwrap())
    };
    assert_eq!(answer(None).await.unwrap().headers()["x-user"], "");
    let good = format!("Bearer {}", tenant.token(POLICY).sign());
    assert_eq!(
        answer(Some(good)).await.unwrap().headers()["x-user"],
        "Alex Example"
    );
}

#[tokio::test]
async fn only_an_empty_token_source_counts_as_anonymous() {
    let tenant = Emulator::start().await.unwrap();
    let reading = |token: TokenSettings| {
        let auth = layer_for(&tenant)
            .allow_anonymous()
            .token(token)
            .build()
            .unwrap();
        Router::new().route("/", get(name)).layer(auth)
    };
    let header = reading(TokenSettings {
        header: Some("x-token".into()),
        ..TokenSettings::default()
    });
    let query = reading(TokenSettings {
        query: Some("t".into()),
        ..TokenSettings::default()
    });
    let cookie = reading(TokenSettings {
        cookie: Some("t".into()),
        ..TokenSettings::default()
    });
    let nobody = (200, "nobody".to_owned());
    assert_eq!(ask(&header, "/", &[]).await, nobody);
    assert_eq!(ask(&query, "/?u=1", &[]).await, nobody);
    assert_eq!(ask(&cookie, "/", &[("cookie", "u=1")]).await, nobody);
    assert_ne!(ask(&header, "/", &[("x-token", "")]).await, nobody);
    assert_ne!(ask(&query, "/?t=", &[]).await, nobody);
    assert_ne!(ask(&cookie, "/", &[("cookie", "t=")]).await, nobody);
}
