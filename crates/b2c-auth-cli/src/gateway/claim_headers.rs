//! The headers of an accepted request.

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use tower_b2c_auth::{ClaimHeaders, Settings, VerifiedClaims};

/// Every configured header, from the claims in the extensions; empty without the claim.
///
/// In report-only mode, and where anonymous requests are allowed, requests without claims pass. Even then the service must not mistake the client's own headers for claims.
pub(super) fn of(extensions: &Extensions, configured: &[HeaderName]) -> HeaderMap {
    let headers = extensions.get::<ClaimHeaders>();
    let claims = extensions.get::<VerifiedClaims>();
    if let Some((headers, claims)) = headers.zip(claims) {
        return headers.of(claims);
    }
    let empty = configured
        .iter()
        .map(|name| (name.clone(), HeaderValue::from_static("")));
    empty.collect()
}

/// The header names in the settings, already checked there.
pub(super) fn names(settings: &Settings) -> Vec<HeaderName> {
    let names = settings.claim_headers.keys();
    names.filter_map(|name| name.parse().ok()).collect()
}
