//! Verified claims ─▶ the user's or the client application's id.

use std::{convert::Infallible, fmt, ops::Deref};

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::{ClaimsRejection, VerifiedClaims, extract::verified_claims};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $claim:ident, $missing:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl<S: Sync> FromRequestParts<S> for $name {
            type Rejection = ClaimsRejection;

            async fn from_request_parts(
                parts: &mut Parts,
                _state: &S,
            ) -> Result<Self, ClaimsRejection> {
                let claims = verified_claims(parts)?;
                let id = claims.$claim().ok_or(ClaimsRejection::$missing)?;
                Ok(Self(id.into()))
            }
        }

        /// `None` for a request without verified claims, and for a token without the id.
        impl<S: Sync> OptionalFromRequestParts<S> for $name {
            type Rejection = Infallible;

            async fn from_request_parts(
                parts: &mut Parts,
                _state: &S,
            ) -> Result<Option<Self>, Infallible> {
                let claims = parts.extensions.get::<VerifiedClaims>();
                let id = claims.and_then(|claims| claims.$claim());
                Ok(id.map(|id| Self(id.into())))
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

id! {
    /// Who the user is: [`user_id`](crate::VerifiedToken::user_id), that is `oid`, else `sub`. `Debug` does not show it, `Display` does.
    ///
    /// It distinguishes the users within one tenant. With several authorities, store [`VerifiedClaims::authority`] along with it.
    ///
    /// A token without either is refused with 403; `Option<UserId>` is `None` for such a token, and for a request without verified claims.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use tower_b2c_auth::{B2cAuthLayer, UserId, b2c};
    ///
    /// let auth = B2cAuthLayer::builder()
    ///     .authority(b2c("contoso").policy("B2C_1_a"))
    ///     .audience("api")
    ///     .allow_anonymous()
    ///     .build()?;
    /// let app: Router = Router::new()
    ///     .route("/", get(async |user: Option<UserId>| user.map_or("nobody".into(), String::from)))
    ///     .route("/me", get(async |user: UserId| user.to_string()))
    ///     .layer(auth);
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    UserId, user_id, NoUserId
}

id! {
    /// Which application the token was issued to: [`client_id`](crate::VerifiedToken::client_id), that is `azp`, else `appid`.
    ///
    /// A token without either is refused with 403; `Option<ClientId>` is `None` for such a token, and for a request without verified claims.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use tower_b2c_auth::{B2cAuthLayer, ClientId, b2c};
    ///
    /// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
    /// let app: Router = Router::new().route("/", get(async |client: ClientId| format!("you come with {client}"))).layer(auth);
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    ClientId, client_id, NoClientId
}
