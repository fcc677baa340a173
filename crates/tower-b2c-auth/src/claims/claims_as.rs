//! Verified claims ─▶ a type of the handler's own.

use std::fmt;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::{ClaimsRejection, VerifiedClaims, extract::verified_claims};

/// The verified claims as a type of your own, for a handler that needs certain claims. They are read once, before the handler runs.
///
/// If a claim is missing or of another type, the request is refused with 403, as [`required_claims`](crate::Settings::required_claims) does; see
/// [`ClaimsRejection`]. `Option<Claims<T>>` is `None` for a request without verified claims. A claim that may be absent is an `Option` within the type.
///
/// ```
/// use axum::{Router, routing::get};
/// use serde::Deserialize;
/// use tower_b2c_auth::{B2cAuthLayer, Claims, b2c};
///
/// #[derive(Deserialize)]
/// struct Member {
///     oid: String,
///     #[serde(rename = "extension_level")]
///     level: u8,
///     nickname: Option<String>,
/// }
///
/// // A token without `extension_level`, or with a text there, never gets here.
/// async fn show(Claims(member): Claims<Member>) -> String {
///     format!("{}: level {}", member.nickname.unwrap_or(member.oid), member.level)
/// }
///
/// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
/// let app: Router = Router::new().route("/me", get(show)).layer(auth);
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
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
