//! Bodies pass through unchanged: any request body, and any response body that is an `http_body::Body`.

use std::convert::Infallible;

use axum::{Json, Router, routing::post};
use b2c_emulator::Emulator;
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_b2c_auth::VerifiedClaims;

use crate::support::{Api, POLICY, layer_for, text};

#[tokio::test]
async fn an_axum_handler_gets_claims_and_body() {
    async fn add(claims: VerifiedClaims, Json(task): Json<Value>) -> Json<Value> {
        Json(json!({ "owner": claims.object_id(), "task": task["title"] }))
    }
    let tenant = Emulator::start().await.unwrap();
    let router = Router::new()
        .route("/tasks", post(add))
        .layer(layer_for(&tenant).build().unwrap());
    let api = Api::serve(router).await;
    let request = api
        .request(Method::POST, "/tasks")
        .bearer_auth(tenant.token(POLICY).sign())
        .header("content-type", "application/json")
        .body(r#"{"title":"water the plants"}"#);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.text().await.unwrap(),
        r#"{"owner":"ccccdddd-2222-eeee-3333-ffff4444aaaa","task":"water the plants"}"#
    );
}

#[tokio::test]
async fn plain_tower_with_bytes_in_and_bytes_out() {
    let tenant = Emulator::start().await.unwrap();
    let echo = service_fn(async |request: Request<Full<Bytes>>| {
        let name = name_in(&request);
        let body = request.into_body().collect().await?.to_bytes();
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(
            [name.as_bytes(), &body].concat(),
        ))))
    });
    let service = layer_for(&tenant).build().unwrap().layer(echo);
    let body = Full::new(Bytes::from_static(b" says hello"));
    let good = service
        .clone()
        .oneshot(with_token(&tenant, body.clone()))
        .await
        .unwrap();
    let text = good.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(text, "Alex Example says hello");

    let refused = service.oneshot(Request::new(body)).await.unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.into_body().collect().await.unwrap().to_bytes(), "");
}

#[tokio::test]
async fn plain_tower_with_any_request_body() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).build().unwrap();
    let shout = service_fn(async |request: Request<u32>| {
        let name = name_in(&request);
        Ok::<_, Infallible>(Response::new(format!("{name} {}", request.into_body())))
    });
    let service = auth.layer(shout);
    let good = service.clone().oneshot(with_token(&tenant, 7));
    assert_eq!(text(good.await.unwrap()).await, "Alex Example 7");
    let refused = service.oneshot(Request::new(7)).await.unwrap();
    assert_eq!(text(refused).await, "");
}

fn with_token<B>(tenant: &Emulator, body: B) -> Request<B> {
    let value = format!("Bearer {}", tenant.token(POLICY).sign());
    Request::get("/")
        .header("authorization", value)
        .body(body)
        .unwrap()
}

fn name_in<B>(request: &Request<B>) -> String {
    let claims = request.extensions().get::<VerifiedClaims>().unwrap();
    claims.name().unwrap().to_owned()
}
