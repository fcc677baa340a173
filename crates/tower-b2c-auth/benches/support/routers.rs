//! The routers that are compared, and one request through them.

use axum::{Router, body::Body, routing::get};
use futures_util::FutureExt as _;
use http::{HeaderValue, Request, StatusCode, header::AUTHORIZATION};
use tower::{ServiceExt as _, layer::util::Identity};
use tower_b2c_auth::{B2cAuthLayer, Settings, VerifiedClaims};

/// The same handler without and with a layer, and one that asks for the claims.
pub(crate) struct Routers {
    pub(crate) bare: Router,
    /// With a layer that does nothing.
    pub(crate) idle: Router,
    pub(crate) layered: Router,
    pub(crate) extracting: Router,
}

impl Routers {
    pub(crate) fn new(settings: Settings) -> Self {
        Self::of(B2cAuthLayer::from_settings(settings).unwrap())
    }

    pub(crate) fn of(layer: B2cAuthLayer) -> Self {
        let bare = Router::new().route("/", get(greet));
        let extracting = Router::new().route("/", get(name));
        Self {
            idle: as_served(bare.clone().layer(Identity::new())),
            layered: as_served(bare.clone().layer(layer.clone())),
            extracting: as_served(extracting.layer(layer)),
            bare: as_served(bare),
        }
    }
}

/// What `axum::serve` does for each connection. Otherwise each request would assemble its route again, layers and all.
fn as_served(router: Router) -> Router {
    router.with_state(())
}

async fn greet() -> &'static str {
    "hello"
}

async fn name(claims: VerifiedClaims) -> &'static str {
    claims.subject().map_or("nobody", |_| "hello")
}

/// The value of the header, as a client sends it.
pub(crate) fn header(token: &str) -> Vec<u8> {
    format!("Bearer {token}").into_bytes()
}

/// A request with this header, copied and checked as by a server that has just read it from a socket.
pub(crate) fn request(credentials: &[u8]) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    request
        .headers_mut()
        .insert(AUTHORIZATION, HeaderValue::from_bytes(credentials).unwrap());
    request
}

/// Sends the request; nothing in these routers ever waits.
pub(crate) fn send(router: &Router, request: Request<Body>) -> StatusCode {
    let response = router.clone().oneshot(request).now_or_never();
    response.expect("no key is fetched").unwrap().status()
}
