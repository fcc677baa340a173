//! `--listen`: answers yes with the claim headers, or with the layer's refusal.

use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
    middleware::map_response,
    routing::any,
};

use super::{claim_headers, nginx, state::Gateway};

/// How the proxy treats a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proxy {
    /// It passes any response but 200 to the client unchanged.
    Ordinary,
    /// It understands only 200, 401 and 403.
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
