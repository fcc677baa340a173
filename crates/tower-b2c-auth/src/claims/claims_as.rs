//! Verified claims ─▶ a type of the handler's own.

use std::fmt;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::{ClaimsRejection, VerifiedClaims, extract::verified_claims};

/// The verified claims as a type of your own, for a handler that needs certain claims. They are read once, before the handler runs.
///
/// If a claim is missing or of another type, the request is refused with 403, as with [`required_claims`](crate::Settings::required_claims); see
/// [`ClaimsRejection`]. `Option<Claims<T>>` is `None` for a request without verified claims. A claim that may be absent is an `Option` within the type.
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::{Request, header::AUTHORIZATION};
/// use serde::Deserialize;
/// use tower::ServiceExt as _;
/// use tower_b2c_auth::Claims;
/// # #[cfg(feature = "test-util")]
/// use tower_b2c_auth::test_util::TestTenant;
///
/// #[derive(Deserialize)]
/// struct Member {
///     oid: String,
///     #[serde(rename = "extension_level")]
///     level: u8,
///     nickname: Option<String>,
/// }
///
/// async fn show(Claims(member): Claims<Member>) -> String {
///     format!("{}: level {}", member.nickname.unwrap_or(member.oid), member.level)
/// }
///
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let tenant = TestTenant::new();
/// let app = Router::new().route("/me", get(show)).layer(tenant.layer());
/// let status = async |bearer| {
///     app.clone().oneshot(Request::get("/me").header(AUTHORIZATION, bearer).body(Body::empty()).unwrap()).await.unwrap().status()
/// };
/// assert_eq!(status(tenant.token().claim("extension_level", 3).bearer()).await, 200);
/// // Without the claim, or with a string in it, the handler is not called.
/// assert_eq!(status(tenant.token().bearer()).await, 403);
/// assert_eq!(status(tenant.token().claim("extension_level", "3").bearer()).await, 403);
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
///
/// `T` is read from all claims of the token, with serde. Name the fields as the claims are named, or use `#[serde(rename)]`: `extension_level` for the custom
/// attribute `level`. Unknown claims are ignored, unless `T` refuses them.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Claims<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Claims<T> {
    type Rejection = ClaimsRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ClaimsRejection> {
        let claims = verified_claims(parts)?;
        Ok(Self(claims.deserialize()?))
    }
}

/// `None` for a request without verified claims.
impl<S: Sync, T: DeserializeOwned> OptionalFromRequestParts<S> for Claims<T> {
    type Rejection = ClaimsRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, ClaimsRejection> {
        let claims: Option<&VerifiedClaims> = parts.extensions.get();
        let read = claims.map(|claims| claims.deserialize());
        Ok(read.transpose()?.map(Self))
    }
}

impl<T> fmt::Debug for Claims<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").finish_non_exhaustive()
    }
}
