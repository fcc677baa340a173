//! Why claims could not be extracted for a handler.

use axum_core::response::{IntoResponse, Response};
use b2c_verify::ClaimError;

use super::NoVerifiedClaims;
use crate::refusal::{AuthError, Refused};

/// Why [`Claims`](crate::Claims), [`UserId`](crate::UserId) or [`ClientId`](crate::ClientId) could not be extracted.
///
/// As a response it is the 403 of an unmet [requirement](crate::Requirement), or the answer of [`NoVerifiedClaims`]. With the 403, the reason is in the
/// response's extensions and in `tracing` at debug level. It names the claim, never its value.
///
/// A handler that takes a `Result` can answer in its own way:
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::{Request, header::AUTHORIZATION};
/// use serde::Deserialize;
/// use tower::ServiceExt as _;
/// use tower_b2c_auth::{Claims, ClaimsRejection};
/// # #[cfg(feature = "test-util")]
/// use tower_b2c_auth::test_util::TestTenant;
///
/// #[derive(Deserialize)]
/// struct Member { extension_level: u8 }
///
/// async fn level(member: Result<Claims<Member>, ClaimsRejection>) -> Result<String, ClaimsRejection> {
///     match member {
///         Ok(Claims(member)) => Ok(format!("level {}", member.extension_level)),
///         Err(ClaimsRejection::Claim(_)) => Ok("not a member".into()),
///         Err(other) => Err(other),
///     }
/// }
///
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tenant = TestTenant::new();
/// let app = Router::new().route("/", get(level)).layer(tenant.layer());
/// let text = async |bearer| {
///     let request = Request::get("/").header(AUTHORIZATION, bearer).body(Body::empty()).unwrap();
///     axum::body::to_bytes(app.clone().oneshot(request).await.unwrap().into_body(), 64).await.unwrap()
/// };
/// assert_eq!(text(tenant.token().claim("extension_level", 3).bearer()).await, "level 3");
/// assert_eq!(text(tenant.token().bearer()).await, "not a member");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
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
        let mut response = AuthError::from(Refused::UnmetClaim).into_response();
        response.extensions_mut().insert(self);
        response
    }
}
