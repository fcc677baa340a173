//! `--listen`: a yes with the claim headers; a no is the layer's own.

use axum::{Extension, Router, http::HeaderMap, routing::any};
use tower_b2c_auth::{ClaimHeaders, VerifiedClaims};

use super::source::GatewayLayer;

pub(super) fn router(auth: GatewayLayer) -> Router {
    Router::new().fallback_service(any(allow)).layer(auth)
}

async fn allow(
    Extension(headers): Extension<ClaimHeaders>,
    claims: Option<VerifiedClaims>,
) -> HeaderMap {
    // In report-only mode, and where anonymous requests are allowed, one may pass without claims.
    match claims {
        Some(claims) => headers.of(&claims),
        None => headers.empty(),
    }
}
