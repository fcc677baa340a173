//! `--listen`: a yes with the claim headers; a no is the layer's own.

use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
    routing::any,
};

use super::{claim_headers, state::Gateway};

pub(super) fn router(gateway: Gateway) -> Router {
    let auth = gateway.auth.clone();
    let allow = any(allow).with_state(gateway);
    Router::new().fallback_service(allow).layer(auth)
}

async fn allow(State(gateway): State<Gateway>, request: Request) -> HeaderMap {
    claim_headers::of(request.extensions(), &gateway.claim_headers())
}
