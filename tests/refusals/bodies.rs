//! Custom refusal bodies: what the code that makes them gets, and that it cannot change status or challenge.

use std::time::Duration;

use axum::{Router, response::IntoResponse as _, routing::get};
use serde_json::{Value, json};
use tower_b2c_auth::{
    AuthError, Refusal, RefusalBody, RefusalSettings, Refused, Unjudged, VerifiedClaims, scope,
};
use tower_http::request_id::{MakeRequestUuid, SetRequestIdLayer};

use super::World;
use crate::support::{Api, layer_for};

fn problem(refusal: &Refusal<'_>) -> RefusalBody {
    let body = json!({
        "title": refusal.reason(),
        "status": refusal.status().as_u16(),
        "challenge": refusal.challenge().and_then(|value| value.to_str().ok()),
        "instance": format!("{} {}", refusal.method(), refusal.uri().path()),
        "id": refusal.request_id(),
        "language": refusal.headers().get("accept-language").and_then(|value| value.to_str().ok()),
    });
    RefusalBody::json_as("application/problem+json", &body)
}

#[tokio::test]
async fn a_function_makes_the_body_of_every_refusal() {
    let world = World::start().await;
    let auth = layer_for(&world.tenant)
        .clock(world.clock.clone())
        .refusal_body(problem);
    let auth = auth.build().unwrap();
    let route = get(async || "in").layer(auth.require(scope("tasks.write")));
    let app = Router::new()
        .route("/tasks", route)
        .layer(auth)
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid));
    let api = Api::serve(app).await;
    let insufficient = r#"Bearer error="insufficient_scope", error_description="the access token does not allow this", scope="tasks.write""#;
    let invalid = r#"Bearer error="invalid_token", error_description="the access token is not accepted here""#;
    for (token, status, reason, challenge) in [
        (None, 401, "missing_credentials", "Bearer"),
        (
            Some(world.token().expires_at(1).sign()),
            401,
            "expired",
            invalid,
        ),
        (
            Some(world.token().scope("tasks.read").sign()),
            403,
            "insufficient_scope",
            insufficient,
        ),
    ] {
        let mut request = api
            .request(http::Method::GET, "/tasks")
            .header("accept-language", "de");
        if let Some(token) = &token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["www-authenticate"], challenge);
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        let body = response.text().await.unwrap();
        let mut body: Value = serde_json::from_str(&body).unwrap();
        let id = body["id"].take();
        assert!(id.as_str().is_some_and(|id| id.len() == 36), "{id}");
        let expected = json!({
            "title": reason, "status": status, "challenge": challenge, "instance": "GET /tasks", "id": null, "language": "de",
        });
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn unjudged_requests_get_a_body_and_keep_their_status() {
    let mut world = World::start().await;
    world.tenant.suspend().await;
    let auth = layer_for(&world.tenant)
        .clock(world.clock.clone())
        .refusal(RefusalSettings {
            status: 418,
            message: Some("unseen".into()),
        })
        .refusal_body(|refusal: &Refusal<'_>| RefusalBody::text(refusal.reason()));
    let app = Router::new()
        .route("/tasks", get(async || "in"))
        .layer(auth.build().unwrap());
    let api = Api::serve(app).await;
    let unjudged = api.get("/tasks", &world.token().sign()).await;
    assert_eq!(
        (unjudged.status, &*unjudged.body),
        (503, "keys_unavailable")
    );
    assert!(unjudged.headers.contains_key("retry-after"));
    assert_eq!(unjudged.challenge(), None);
    let refused = api.get("/tasks", "a b").await;
    assert_eq!(
        (refused.status, refused.headers["content-type"].as_bytes()),
        (418, &b"text/plain; charset=utf-8"[..])
    );
    assert!(refused.body != "unseen" && refused.challenge().is_some());
}

#[tokio::test]
async fn an_empty_body_has_no_content_type() {
    let world = World::start().await;
    let auth = layer_for(&world.tenant).refusal_body(|_: &Refusal<'_>| RefusalBody::text(""));
    let app = Router::new()
        .route("/tasks", get(async || "in"))
        .layer(auth.build().unwrap());
    let refused = Api::serve(app).await.get("/tasks", "a b").await;
    assert_eq!((refused.status, &*refused.body), (400, ""));
    assert!(!refused.headers.contains_key("content-type"));
}

#[tokio::test]
async fn a_handler_refuses_as_the_layer_does() {
    async fn write(claims: VerifiedClaims) -> Result<&'static str, Refused> {
        claims.require(&scope("tasks.write"))?;
        Ok("written")
    }
    let later = async || {
        AuthError::from(Unjudged::KeysUnavailable {
            retry_after: Duration::from_secs(7),
        })
    };
    let world = World::start().await;
    let auth = layer_for(&world.tenant)
        .clock(world.clock.clone())
        .build()
        .unwrap();
    let route = get(async || "written").layer(auth.require(scope("tasks.write")));
    let app = Router::new()
        .route("/handler", get(write))
        .route("/layer", route)
        .route("/later", get(later))
        .layer(auth);
    let api = Api::serve(app).await;
    let may = world.token().scope("tasks.write").sign();
    let may_not = world.token().scope("tasks.read").sign();
    assert_eq!(api.get("/handler", &may).await.body, "written");
    let (handler, layer) = (
        api.get("/handler", &may_not).await,
        api.get("/layer", &may_not).await,
    );
    assert_eq!(
        (handler.status, handler.challenge()),
        (403, layer.challenge())
    );
    assert_eq!(handler.body, layer.body);
    let later = api.get("/later", &may).await;
    assert_eq!(
        (later.status, &later.headers["retry-after"]),
        (503, &"7".parse().unwrap())
    );
}

#[test]
fn retry_after_is_in_whole_seconds_from_one_to_an_hour() {
    for (millis, expected) in [
        (0, "1"),
        (200, "1"),
        (1001, "2"),
        (7000, "7"),
        (7_200_000, "3600"),
    ] {
        let retry_after = Duration::from_millis(millis);
        let refused = Unjudged::KeysUnavailable { retry_after }.into_response();
        assert_eq!(refused.headers()["retry-after"], expected);
    }
}
