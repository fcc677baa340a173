//! Request extension ─▶ handler argument.

use std::convert::Infallible;

use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use super::VerifiedClaims;

/// The claims of the innermost layer around the route.
impl<S: Sync> FromRequestParts<S> for VerifiedClaims {
    type Rejection = MissingAuthLayer;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, MissingAuthLayer> {
        parts.extensions.get().cloned().ok_or(MissingAuthLayer)
    }
}

/// `None` for a request without verified claims: one that the innermost layer did not authenticate, or that no layer has seen.
impl<S: Sync> OptionalFromRequestParts<S> for VerifiedClaims {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get().cloned())
    }
}

/// A handler asks for [`VerifiedClaims`], and no layer has verified the request. A mistake in the router: the answer is 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no verified claims in this request: add B2cAuthLayer to the router, around this route")]
pub struct MissingAuthLayer;

impl IntoResponse for MissingAuthLayer {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}
