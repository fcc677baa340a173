//! `--listen`: a yes with the claim headers; a no is the layer's own.

use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
    middleware::map_response,
    routing::any,
};

use super::{claim_headers, nginx, state::Gateway};

/// What the proxy makes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proxy {
    /// Whatever is not 200 goes to the client as it is.
    Ordinary,
    /// It knows 200, 401 and 403.
    Nginx,
}

pub(super) fn router(gateway: Gateway, proxy: Proxy) -> Router {
    let auth = gateway.auth.clone();
    let allow = any(allow).with_state(gateway);
    let router = Router::new().fallback_service(allow).layer(auth);
    match proxy {
        Proxy::Ordinary => router,
        Proxy::Nginx => router.layer(map_response(nginx::translate)),
    }
}

async fn allow(State(gateway): State<Gateway>, request: Request) -> HeaderMap {
    claim_headers::of(request.extensions(), &gateway.claim_headers())
}
