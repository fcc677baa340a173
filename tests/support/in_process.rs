use std::pin::Pin;

use axum::{Router, body::Body, routing::get};
use futures_util::FutureExt as _;
use http::{Request, Response};
use tower::ServiceExt as _;
use tower_b2c_auth::{B2cAuthBuilder, B2cAuthLayer, KeySettings, ManualClock};

/// Fetches that hang are given up soon, so that tests need not wait for them.
pub(crate) fn quick(builder: B2cAuthBuilder, clock: &ManualClock) -> B2cAuthBuilder {
    let keys = KeySettings {
        connect_timeout: "200ms".into(),
        fetch_timeout: "500ms".into(),
        ..KeySettings::default()
    };
    builder.keys(keys).clock(clock.clone())
}

pub(crate) fn app(layer: &B2cAuthLayer) -> Router {
    Router::new()
        .route("/", get(|| async {}))
        .layer(layer.clone())
}

pub(crate) async fn ask(app: &Router, token: &str) -> Response<Body> {
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::empty()).unwrap();
    app.clone().oneshot(request).await.unwrap()
}

pub(crate) async fn status(app: &Router, token: &str) -> u16 {
    ask(app, token).await.status().as_u16()
}

/// A request that is sent and has no answer yet.
pub(crate) fn waits<F: Future>(request: F) -> Pin<Box<F>> {
    let mut request = Box::pin(request);
    assert!(request.as_mut().now_or_never().is_none());
    request
}
