//! Request extension ─▶ handler argument.

use std::convert::Infallible;

use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use b2c_verify::CredentialsError;
use http::{StatusCode, request::Parts};

use super::{Anonymous, ReportOnly, VerifiedClaims};
use crate::refusal::AuthError;

/// The claims of the innermost layer around the route.
impl<S: Sync> FromRequestParts<S> for VerifiedClaims {
    type Rejection = NoVerifiedClaims;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, NoVerifiedClaims> {
        verified_claims(parts).cloned()
    }
}

/// `None` for a request without verified claims: one that the innermost layer did not authenticate, or that no layer has seen.
impl<S: Sync> OptionalFromRequestParts<S> for VerifiedClaims {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get().cloned())
    }
}

/// The claims of a request whose handler requires them.
pub(super) fn verified_claims(parts: &Parts) -> Result<&VerifiedClaims, NoVerifiedClaims> {
    let extensions = &parts.extensions;
    extensions.get().ok_or_else(|| {
        let report = extensions.get::<ReportOnly>();
        match report.and_then(ReportOnly::refusal) {
            _ if extensions.get::<Anonymous>().is_some() => NoVerifiedClaims::Anonymous,
            Some(refusal) => NoVerifiedClaims::OnlyReported(refusal.clone()),
            None => NoVerifiedClaims::MissingLayer,
        }
    })
}

/// A handler asked for [`VerifiedClaims`], but the request has none.
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::Request;
/// use tower::ServiceExt as _;
/// use tower_b2c_auth::{B2cAuthLayer, VerifiedClaims, b2c};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_signupsignin1"))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .allow_anonymous()
///     .build()?;
/// let app = Router::new().route("/me", get(async |_: VerifiedClaims| "you")).layer(auth);
/// // After the layer, so outside of it.
/// let app = app.route("/forgotten", get(async |_: VerifiedClaims| "you"));
///
/// let status = async |path: &str| app.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap().status().as_u16();
/// assert_eq!(status("/me").await, 401);
/// assert_eq!(status("/forgotten").await, 500);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoVerifiedClaims {
    /// The layer let the request pass [without credentials](crate::Settings::allow_anonymous). The answer is 401 with the challenge. A handler that also serves
    /// such requests asks for `Option<VerifiedClaims>`.
    #[error("the request carries no credentials, and its handler asks for verified claims")]
    Anonymous,
    /// The layer would have refused the request, but it only [reports](crate::ReportOnly). The answer is that refusal, because the handler requires
    /// claims.
    #[error(
        "report-only mode let this request pass without verified claims ({0}), but its handler asks for them"
    )]
    OnlyReported(AuthError),
    /// No layer has verified the request. This is a mistake in the router, so the answer is 500.
    #[error(
        "no verified claims in this request: add B2cAuthLayer to the router, around this handler or middleware"
    )]
    MissingLayer,
}

impl IntoResponse for NoVerifiedClaims {
    fn into_response(self) -> Response {
        match self {
            Self::Anonymous => AuthError::from(CredentialsError::Missing).into_response(),
            Self::OnlyReported(refusal) => refusal.into_response(),
            Self::MissingLayer => {
                tracing::error!("{self}");
                (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
            }
        }
    }
}
