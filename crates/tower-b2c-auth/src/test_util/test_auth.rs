//! A tenant, a layer and a token in one.

use http::HeaderValue;

use super::test_tenant::TestTenant;
use crate::layer::B2cAuthLayer;

/// Everything that a test of a router needs, made in one line: a tenant, a layer that accepts its tokens, and a token.
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::{Request, StatusCode, header::AUTHORIZATION};
/// use tower::ServiceExt as _;
/// use tower_b2c_auth::{B2cAuthLayer, scope, test_util::TestAuth};
///
/// fn app(auth: B2cAuthLayer) -> Router {
///     Router::new().route("/tasks", get(async || "yours").layer(auth.require(scope("tasks.read")))).layer(auth)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let test = TestAuth::granting("tasks.read");
/// let app = app(test.layer);
/// let ask = |authorization| Request::get("/tasks").header(AUTHORIZATION, authorization).body(Body::empty()).unwrap();
///
/// let granted = app.clone().oneshot(ask(test.bearer)).await.unwrap();
/// assert_eq!(granted.status(), StatusCode::OK);
///
/// let other = test.tenant.token().scope("tasks.list").bearer();
/// assert_eq!(app.oneshot(ask(other)).await.unwrap().status(), StatusCode::FORBIDDEN);
/// # }
/// ```
#[derive(Debug)]
pub struct TestAuth {
    /// The tenant, for more tokens and for its clock.
    pub tenant: TestTenant,
    /// A layer that accepts the tenant's tokens.
    pub layer: B2cAuthLayer,
    /// A value for `Authorization`, with a token that expires in an hour by the tenant's clock.
    pub bearer: HeaderValue,
}

impl TestAuth {
    /// Makes a tenant, its layer, and a token that grants these scopes, separated by spaces.
    pub fn granting(scopes: &str) -> Self {
        let tenant = TestTenant::new();
        Self {
            layer: tenant.layer(),
            bearer: tenant.token().scope(scopes).bearer(),
            tenant,
        }
    }
}
