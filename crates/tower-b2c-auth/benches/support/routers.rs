//! The routers that are compared, and one request through them.

use std::convert::Infallible;

use axum::{Router, body::Body, response::Response, routing::get};
use futures_util::FutureExt as _;
use http::{HeaderValue, Request, StatusCode, header::AUTHORIZATION};
use tower::{Service, ServiceExt as _};
use tower_b2c_auth::{B2cAuthLayer, Settings, VerifiedClaims};

/// The same handler without and with the layer, and one that asks for the claims.
pub(crate) struct Routers {
    pub(crate) bare: Router,
    pub(crate) layered: Router,
    pub(crate) extracting: Router,
    pub(crate) layer: B2cAuthLayer,
}

impl Routers {
    pub(crate) fn new(settings: Settings) -> Self {
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

/// The value of the header, as a client sends it.
pub(crate) fn header(token: &str) -> Vec<u8> {
    format!("Bearer {token}").into_bytes()
}

/// A request with this header, copied and checked as a server does it that has just read it from a socket.
pub(crate) fn request(credentials: &[u8]) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    request
        .headers_mut()
        .insert(AUTHORIZATION, HeaderValue::from_bytes(credentials).unwrap());
    request
}

/// Sends the request; nothing in these routers ever waits.
pub(crate) fn send<S>(service: &S, request: Request<Body>) -> StatusCode
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone,
{
    let response = service.clone().oneshot(request).now_or_never();
    response.expect("no key is fetched").unwrap().status()
}
