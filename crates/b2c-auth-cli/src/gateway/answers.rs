//! What the gateway tells the proxy about an allowed request.

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use tower_b2c_auth::{ClaimHeaders, Settings, VerifiedClaims};

use super::token_removal::{Remover, TokenRemoval};

/// The settings for answers to allowed requests.
#[derive(Debug)]
pub(super) struct Answers {
    claim_headers: Vec<HeaderName>,
    removal: Option<TokenRemoval>,
}

impl Answers {
    /// # Errors
    ///
    /// If the proxy cannot remove the token.
    pub(super) fn new(settings: &Settings, remover: Remover) -> Result<Self, String> {
        // The layer refuses invalid names when it is built.
        let names = settings.claim_headers.keys();
        Ok(Self {
            claim_headers: names.filter_map(|name| name.parse().ok()).collect(),
            removal: remover.removal(&settings.token)?,
        })
    }

    /// All configured claim headers, from the claims in the extensions. The header of a missing claim is empty.
    ///
    /// A request may be allowed without claims: in report-only mode, and where no token is required. Its claim headers must be set too, or the service would
    /// mistake the client's own headers for claims.
    pub(super) fn claim_headers(&self, extensions: &Extensions) -> HeaderMap {
        let headers = extensions.get::<ClaimHeaders>();
        let claims = extensions.get::<VerifiedClaims>();
        if let Some((headers, claims)) = headers.zip(claims) {
            return headers.of(claims);
        }
        let names = self.claim_headers.iter();
        names
            .map(|name| (name.clone(), HeaderValue::from_static("")))
            .collect()
    }

    pub(super) fn removal(&self) -> Option<&TokenRemoval> {
        self.removal.as_ref()
    }
}
