//! The headers of a yes.

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use tower_b2c_auth::{ClaimHeaders, Settings, VerifiedClaims};

/// Every configured header, empty where there is nothing to say, from what the layer has put into the extensions.
///
/// A request without claims passes in report-only mode. The service must not take the client's own headers for claims then either.
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

/// The names in the settings. What is none was refused when they were checked.
pub(super) fn names(settings: &Settings) -> Vec<HeaderName> {
    let names = settings.claim_headers.keys();
    names.filter_map(|name| name.parse().ok()).collect()
}
