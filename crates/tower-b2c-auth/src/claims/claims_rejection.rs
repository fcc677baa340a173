//! A request whose claims are not what its handler asks for.

use axum_core::response::{IntoResponse, Response};
use b2c_verify::ClaimError;

use super::NoVerifiedClaims;
use crate::refusal::{AuthError, Refused};

/// Why [`Claims`](crate::Claims), [`UserId`](crate::UserId) or [`ClientId`](crate::ClientId) could not be extracted.
///
/// As a response it is the 403 of a [requirement](crate::Requirement) that is not met, or the answer of [`NoVerifiedClaims`]. The reason is in the response's extensions
/// and in `tracing` at debug level; it names the claim, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimsRejection {
    /// The request has no verified claims at all.
    #[error(transparent)]
    NoVerifiedClaims(#[from] NoVerifiedClaims),
    /// A claim is missing, or is not of the type that the handler asks for.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The token has neither `oid` nor `sub`.
    #[error("the token names no user: it has neither `oid` nor `sub`")]
    NoUserId,
    /// The token has neither `azp` nor `appid`.
    #[error("the token names no client: it has neither `azp` nor `appid`")]
    NoClientId,
}

impl IntoResponse for ClaimsRejection {
    fn into_response(self) -> Response {
        if let Self::NoVerifiedClaims(reason) = self {
            return reason.into_response();
        }
        tracing::debug!(reason = %self, "the claims are not what the handler asks for");
        let scopes = Box::default();
        let mut response = AuthError::from(Refused::Unmet { scopes }).into_response();
        response.extensions_mut().insert(self);
        response
    }
}
