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
    /// Who the user is: [`user_id`](crate::VerifiedToken::user_id), that is, `oid`, or `sub` if there is no `oid`. In an application's own token, it
    /// identifies that application; in Entra ID, it is the service principal's object id. `Debug` does not show it, `Display` does.
    ///
    /// It distinguishes the users within one tenant. With several tenants, store the issuer along with it, as [`VerifiedUser`](crate::VerifiedUser) does.
    ///
    /// As an extractor, it answers a token with neither `oid` nor `sub` with 403; `Option<UserId>` is `None` for such a token, and for a request without
    /// verified claims.
    ///
    /// ```
    /// use axum::{Router, body::Body, routing::get};
    /// use http::{Request, header::AUTHORIZATION};
    /// use tower::ServiceExt as _;
    /// use tower_b2c_auth::UserId;
    /// # #[cfg(feature = "test-util")]
    /// use tower_b2c_auth::test_util::TestTenant;
    ///
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tenant = TestTenant::new();
    /// let app: Router = Router::new()
    ///     .route("/", get(async |user: Option<UserId>| user.map_or("nobody".into(), String::from)))
    ///     .route("/me", get(async |user: UserId| user.to_string()))
    ///     .layer(tenant.builder().allow_anonymous().build()?);
    /// let get = |path: &str| Request::get(path);
    /// let status = async |request: http::request::Builder| app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status();
    ///
    /// assert_eq!(status(get("/me").header(AUTHORIZATION, tenant.token().bearer())).await, 200);
    /// assert_eq!(status(get("/me").header(AUTHORIZATION, tenant.token().without("oid").without("sub").bearer())).await, 403);
    /// assert_eq!(status(get("/me")).await, 401);
    /// assert_eq!(status(get("/")).await, 200);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    UserId, user_id, NoUserId
}

id! {
    /// Which application the token was issued to, as [`client_id`](crate::VerifiedToken::client_id) returns it: `azp`, or `appid` if there is no `azp`.
    ///
    /// As an extractor, it answers a token with neither `azp` nor `appid` with 403; `Option<ClientId>` is `None` for such a token, and for a request without
    /// verified claims.
    ///
    /// ```
    /// use axum::{Router, body::Body, routing::get};
    /// use http::{Request, header::AUTHORIZATION};
    /// use tower::ServiceExt as _;
    /// use tower_b2c_auth::ClientId;
    /// # #[cfg(feature = "test-util")]
    /// use tower_b2c_auth::test_util::TestTenant;
    ///
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let tenant = TestTenant::new();
    /// let hello = get(async |client: ClientId| format!("hello {client}"));
    /// let app: Router = Router::new().route("/", hello).layer(tenant.layer());
    /// let status = async |bearer| app.clone().oneshot(Request::get("/").header(AUTHORIZATION, bearer).body(Body::empty()).unwrap()).await.unwrap().status();
    ///
    /// assert_eq!(status(tenant.token().claim("azp", "tasks-app").bearer()).await, 200);
    /// assert_eq!(status(tenant.token().without("azp").bearer()).await, 403);
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    ///
    /// It identifies an application, not a user: a public client's id is no secret, and anybody can use it to sign in. To admit certain applications only,
    /// use the requirement [`client`](crate::client) or an authority's [`clients`](crate::AuthoritySettings::clients).
    ClientId, client_id, NoClientId
}
