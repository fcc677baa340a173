//! What the gateway tells the proxy about an allowed request.

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use tower_b2c_auth::{ClaimHeaders, ReportOnly, Settings, VerifiedClaims};

use super::{token_removal::TokenRemoval, users::Users};
use crate::configuration::mapped_headers;

/// The settings for answers to allowed requests.
#[derive(Debug)]
pub(super) struct AllowResponse {
    claim_headers: Vec<HeaderName>,
    /// The headers among them that contain the service's own user.
    user_headers: Vec<HeaderName>,
    users: Option<Users>,
    removal: Option<TokenRemoval>,
}

impl AllowResponse {
    pub(super) fn new(
        settings: &Settings,
        removal: Option<TokenRemoval>,
        users: Option<Users>,
    ) -> Self {
        // The layer refuses invalid names when it is built.
        let names = settings.claim_headers.keys();
        Self {
            claim_headers: names.filter_map(|name| name.parse().ok()).collect(),
            user_headers: mapped_headers(settings)
                .filter_map(|name| name.parse().ok())
                .collect(),
            users,
            removal,
        }
    }

    /// All configured headers, from the claims in the extensions and the map of users. The header of a missing claim or user is empty.
    ///
    /// A request may be allowed without claims: in report-only mode, and where no token is required. Its claim headers must be set too, or the service would
    /// mistake the client's own headers for claims.
    pub(super) fn claim_headers(&self, extensions: &Extensions) -> HeaderMap {
        let mut headers = self.of_claims(extensions);
        for name in &self.user_headers {
            let users = self.users.as_ref();
            let users = users.filter(|_| !would_be_refused(extensions));
            let user = users.and_then(|it| it.header(extensions));
            headers.insert(name.clone(), user.unwrap_or(NOTHING_TO_SAY));
        }
        headers
    }

    fn of_claims(&self, extensions: &Extensions) -> HeaderMap {
        let headers = extensions.get::<ClaimHeaders>();
        if let Some((headers, claims)) = headers.zip(claims(extensions)) {
            return headers.of(claims);
        }
        let names = self.claim_headers.iter();
        names.map(|name| (name.clone(), NOTHING_TO_SAY)).collect()
    }

    pub(super) fn removal(&self) -> Option<&TokenRemoval> {
        self.removal.as_ref()
    }
}

/// The claims that count. A request that passes only because of report-only mode has none, even if its token is good.
pub(super) fn claims(extensions: &Extensions) -> Option<&VerifiedClaims> {
    extensions.get().filter(|_| !would_be_refused(extensions))
}

fn would_be_refused(extensions: &Extensions) -> bool {
    let report = extensions.get::<ReportOnly>();
    report.is_some_and(|report| report.refusal().is_some())
}

const NOTHING_TO_SAY: HeaderValue = HeaderValue::from_static("");
