//! The routers that are compared, and one request through them.

use axum::{Router, body::Body, routing::get};
use futures_util::FutureExt as _;
use http::{HeaderValue, Request, StatusCode, header::AUTHORIZATION};
use tower::ServiceExt as _;
use tower_b2c_auth::{B2cAuthLayer, Settings, VerifiedClaims};

/// The same handler without and with the layer, and one that asks for the claims.
pub struct Routers {
    pub bare: Router,
    pub layered: Router,
    pub extracting: Router,
    pub layer: B2cAuthLayer,
}

impl Routers {
    pub fn new(settings: Settings) -> Self {
        let layer = B2cAuthLayer::from_settings(settings).unwrap();
        let bare = Router::new().route("/", get(greet));
        Self {
            layered: bare.clone().layer(layer.clone()),
            extracting: Router::new().route("/", get(name)).layer(layer.clone()),
            bare,
            layer,
        }
    }
}

async fn greet() -> &'static str {
    "hello"
}

async fn name(claims: VerifiedClaims) -> &'static str {
    claims.subject().map_or("nobody", |_| "hello")
}

/// The value of the header, made beforehand as a server's parser makes it: shared bytes.
pub fn header(token: &str) -> HeaderValue {
    HeaderValue::from_maybe_shared(bytes::Bytes::from(format!("Bearer {token}"))).unwrap()
}

/// A request with this header.
pub fn request(credentials: &HeaderValue) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    request
        .headers_mut()
        .insert(AUTHORIZATION, credentials.clone());
    request
}

/// Sends the request; nothing in these routers ever waits.
pub fn send(router: &Router, request: Request<Body>) -> StatusCode {
    let response = router.clone().oneshot(request).now_or_never();
    response.expect("no key is fetched").unwrap().status()
}
