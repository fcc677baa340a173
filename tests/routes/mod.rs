//! Routes in the settings: what a request needs by its host, path and method.

mod deciding;
mod mistakes;
mod nested;
mod paths;
mod tokens;

use axum::{Router, body::Body, routing::any};
use http::Request;
use tower::ServiceExt as _;
use tower_b2c_auth::{AuthError, B2cAuthLayer, VerifiedClaims};

/// A router that answers every request with who asks.
fn app(auth: B2cAuthLayer) -> Router {
    Router::new().fallback(any(who)).layer(auth)
}

async fn who(claims: Option<VerifiedClaims>) -> &'static str {
    match claims {
        Some(_) => "a user",
        None => "nobody",
    }
}

/// Status, and the reason or what the handler said.
async fn ask(app: &Router, request: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let (method, target) = request.split_once(' ').unwrap();
    let mut builder = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let request = builder.body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    match response.extensions().get::<AuthError>() {
        Some(error) => (status, error.reason().to_owned()),
        None => (status, crate::support::text(response).await),
    }
}

fn said(status: u16, what: &str) -> (u16, String) {
    (status, what.to_owned())
}
