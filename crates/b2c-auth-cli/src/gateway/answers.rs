//! What a yes says to the proxy.

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use tower_b2c_auth::{ClaimHeaders, Settings, VerifiedClaims};

use super::token_removal::{Remover, TokenRemoval};

/// What follows from the settings for every yes.
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
        // The layer has checked the names, or will not be built.
        let names = settings.claim_headers.keys();
        Ok(Self {
            claim_headers: names.filter_map(|name| name.parse().ok()).collect(),
            removal: remover.removal(&settings.token)?,
        })
    }

    /// Every configured header, from the claims in the extensions; empty without the claim.
    ///
    /// In report-only mode, and where requests need no token, some pass without claims. Even then the service must not mistake the client's own headers for claims.
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
