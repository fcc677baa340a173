//! What was looked up ─▶ handler argument.

use std::convert::Infallible;

use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use super::{
    LookedUp, NoVerifiedClaims, VerifiedClaims, extract::verified_claims, looked_up::looked_up,
};
use crate::refusal::{AuthError, Refused};

impl<S: Sync, T: Send + Sync + 'static> FromRequestParts<S> for LookedUp<T> {
    type Rejection = NotLookedUp;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, NotLookedUp> {
        let claims = verified_claims(parts)?;
        let looked_up = looked_up(&parts.extensions, claims);
        looked_up
            .ok_or(NotLookedUp::MissingLayer)?
            .ok_or(NotLookedUp::UnknownUser)
    }
}

/// `None` for a request without verified claims, for a user whom the look-up does not know, and for a request that no look-up has seen.
impl<S: Sync, T: Send + Sync + 'static> OptionalFromRequestParts<S> for LookedUp<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        let claims = parts.extensions.get::<VerifiedClaims>();
        let looked_up = claims.and_then(|claims| looked_up(&parts.extensions, claims));
        Ok(looked_up.flatten())
    }
}

/// A handler asked for [`LookedUp`], but the request has none.
///
/// ```
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use axum::{Router, body::Body, routing::get};
/// use http::Request;
/// use tower::ServiceExt as _;
/// use tower_b2c_auth::{LookUpSettings, LookedUp, VerifiedUser, WithoutResult, test_util::TestTenant};
///
/// struct Account;
///
/// let tenant = TestTenant::new();
/// let auth = tenant.layer();
/// let look_up = |_: VerifiedUser| async { Ok::<_, std::io::Error>(None::<Account>) };
/// let settings = LookUpSettings { unknown_users: WithoutResult::PassOn, ..LookUpSettings::default() };
/// let accounts = auth.look_up(look_up, &settings)?;
/// let app = Router::new()
///     .route("/greeting", get(async |account: Option<LookedUp<Account>>| if account.is_some() { "welcome back" } else { "welcome" }))
///     .route("/account", get(async |_: LookedUp<Account>| "yours"))
///     .layer(accounts)
///     .route("/forgotten", get(async |_: LookedUp<Account>| "yours"))
///     .layer(auth);
///
/// let status = async |path: &str| {
///     let request = Request::get(path).header("authorization", tenant.token().bearer()).body(Body::empty()).unwrap();
///     app.clone().oneshot(request).await.unwrap().status().as_u16()
/// };
/// assert_eq!(status("/greeting").await, 200);
/// assert_eq!(status("/account").await, 403);
/// assert_eq!(status("/forgotten").await, 500);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotLookedUp {
    /// The request has no verified claims at all.
    #[error(transparent)]
    NoVerifiedClaims(#[from] NoVerifiedClaims),
    /// The request was passed on without a result: the look-up does not know the user, the token names none, or the layer only reports. The answer is 403.
    #[error("the look-up has no result for this request")]
    UnknownUser,
    /// No look-up of this type has seen the request. This is a mistake in the router, so the answer is 500.
    #[error(
        "nothing of this type was looked up for this request's user: ask for the type that the look-up finds, and add the LookUpLayer to the router, around this handler or middleware and inside its B2cAuthLayer"
    )]
    MissingLayer,
}

impl IntoResponse for NotLookedUp {
    fn into_response(self) -> Response {
        match self {
            Self::NoVerifiedClaims(reason) => reason.into_response(),
            Self::UnknownUser => AuthError::from(Refused::UnknownUser).into_response(),
            Self::MissingLayer => {
                tracing::error!("{self}");
                (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
            }
        }
    }
}
