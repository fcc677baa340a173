//! Routers within routers, and services without one.

use axum::{Router, body::Body, routing::get};
use b2c_emulator::Emulator;
use http::{Request, Response};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_b2c_auth::RouteSettings;

use super::{ask, said, who};
use crate::support::layer_for;

#[tokio::test]
async fn a_layer_in_a_router_that_is_nested_twice_sees_the_whole_path() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).route(RouteSettings::new("/api/v1/open").public());
    let auth = auth.build().unwrap();
    let inner = Router::new()
        .route("/open", get(who))
        .route("/api/v1/open", get(who))
        .layer(auth);
    let app = Router::new().nest("/api", Router::new().nest("/v1", inner));
    assert_eq!(
        ask(&app, "GET /api/v1/open", &[]).await,
        said(200, "nobody")
    );
    // What the inner router sees is the path of the public route.
    let seen = ask(&app, "GET /api/v1/api/v1/open", &[]).await;
    assert_eq!(seen, said(401, "missing_credentials"));
}

#[tokio::test]
async fn without_a_router_the_target_of_the_request_counts() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).route(RouteSettings::new("/open").public());
    let service = auth
        .build()
        .unwrap()
        .layer(service_fn(async |_: Request<Body>| {
            Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))
        }));
    for (target, status) in [("/open", 200), ("/closed", 401)] {
        let request = Request::get(target).body(Body::empty()).unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{target}");
    }
}
