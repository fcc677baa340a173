//! The claims that handlers get.

use std::{fmt, ops::Deref, sync::Arc};

#[cfg(feature = "migration")]
use std::sync::atomic::AtomicU32;

use b2c_verify::VerifiedToken;

use super::LayerId;
#[cfg(feature = "migration")]
use crate::migration::UsageRow;
use crate::{issuer::Issuer, keys::LiveKey, refusal::Refused, requirement::Requirement};

/// The claims of a request's token, which a [`B2cAuthLayer`](crate::B2cAuthLayer) has verified: proof that the request is authenticated.
///
/// It is in the extensions of the request, and is an axum extractor. Only a layer can make one; in tests, the feature `test-util` can too. A clone is cheap
/// and shares the claims. `Debug` shows the names of the claims and none of their values.
///
/// It dereferences to [`VerifiedToken`], which has methods for the common claims, and reads any other by name. As an extractor, it answers an
/// [anonymous](crate::Settings::allow_anonymous) request with 401, and a request on a route without the layer with 500; `Option<VerifiedClaims>` is `None`
/// for both.
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::{Request, header::AUTHORIZATION};
/// use tower::ServiceExt as _;
/// use tower_b2c_auth::VerifiedClaims;
/// # #[cfg(feature = "test-util")]
/// use tower_b2c_auth::test_util::TestTenant;
///
/// async fn show(claims: VerifiedClaims) -> String {
///     let user = claims.user_id().unwrap_or_default();
///     let level: Option<u8> = claims.extension("level").ok().flatten();
///     format!("{user} has level {level:?} and came through {}", claims.policy().unwrap_or("no policy"))
/// }
///
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tenant = TestTenant::new();
/// let app = |router: Router| router.route("/", get(show));
/// let protected = app(Router::new()).layer(tenant.layer());
/// let bearer = tenant.token().claim("oid", "me").claim("extension_level", 3).bearer();
/// let answer = protected.oneshot(Request::get("/").header(AUTHORIZATION, bearer).body(Body::empty())?).await?;
/// let text = axum::body::to_bytes(answer.into_body(), 1024).await?;
/// assert_eq!(text, "me has level Some(3) and came through B2C_1_signupsignin1");
///
/// let unprotected = app(Router::new()).oneshot(Request::get("/").body(Body::empty())?).await?;
/// assert_eq!(unprotected.status(), 500);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
///
/// The claims describe the moment at which the token was issued. A user who has been blocked, or has lost a role, keeps the claims until the token expires:
/// keep lifetimes short, or look the user up ([`B2cAuthLayer::look_up`](crate::B2cAuthLayer::look_up)). A response that lasts longer than the token, such as
/// a WebSocket, does not end by itself at [`expires_at`](VerifiedToken::expires_at).
#[derive(Clone)]
pub struct VerifiedClaims(Arc<Verified>);

/// Everything about a verified token. It is made once, and read on every request with the token.
// The order matters: the fields that every hit reads come first, and fill one or two cache lines.
#[repr(C)]
pub(crate) struct Verified {
    /// What verified it.
    pub(crate) key: Arc<LiveKey>,
    /// The row that counts its requests.
    #[cfg(feature = "migration")]
    pub(crate) usage: Arc<UsageRow>,
    /// The accepting authority's entry for its issuer, as it was when the token was judged.
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) layer: LayerId,
    /// The day on which its user was last counted, for a legacy issuer. Zero means never.
    #[cfg(feature = "migration")]
    pub(crate) counted_on: AtomicU32,
    pub(crate) token: VerifiedToken,
}

impl VerifiedClaims {
    pub(crate) fn new(verified: Arc<Verified>) -> Self {
        Self(verified)
    }

    pub(crate) fn layer(&self) -> LayerId {
        self.0.layer
    }

    /// The name of the authority whose key verified the token, as in the settings. It may be another policy of the tenant than the one that issued the
    /// token, because policies can share issuer and keys; [`policy`](VerifiedToken::policy) names the one that issued it.
    ///
    /// Use it to tell apart tenants whose users have the same ids. With a [source of tenants](crate::TenantSource), use [`issuer`](VerifiedToken::issuer)
    /// instead: if two tenants have the same name, the number after the name depends on which one was found first. To restrict a path to some tenants, use
    /// [`RouteSettings::authority`](crate::RouteSettings::authority). With
    /// [`danger_accept_any_tenant`](crate::AuthoritySettings::danger_accept_any_tenant), one authority stands for all tenants: read `tid` then.
    pub fn authority(&self) -> &str {
        &self.0.issuer.authority.name
    }

    /// Checks whether the claims meet this requirement, for rules that depend on what only a handler knows.
    ///
    /// ```
    /// use tower_b2c_auth::{Refused, VerifiedClaims, scope};
    /// # #[cfg(feature = "test-util")]
    /// use tower_b2c_auth::test_util::TestTenant;
    ///
    /// async fn delete(claims: VerifiedClaims) -> Result<&'static str, Refused> {
    ///     claims.require(&scope("tasks.delete"))?;
    ///     Ok("gone")
    /// }
    ///
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let token = TestTenant::new().token();
    /// assert_eq!(delete(token.clone().scope("tasks.delete").claims_as_if_verified()).await, Ok("gone"));
    ///
    /// let refused = delete(token.scope("tasks.read").claims_as_if_verified()).await.unwrap_err();
    /// assert_eq!(refused.status(), 403);
    /// assert!(refused.challenge().to_str().unwrap().contains(r#"scope="tasks.delete""#));
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused::Unmet`] if a scope is missing, otherwise the variant that says what is not met, such as [`Refused::ForeignPolicy`]. A handler can return
    /// it as its response: 403 with the challenge.
    pub fn require(&self, requirement: &Requirement) -> Result<(), Refused> {
        if requirement.is_met_by(self) {
            Ok(())
        } else {
            Err(Refused::unmet_by(requirement, self))
        }
    }
}

impl Deref for VerifiedClaims {
    type Target = VerifiedToken;

    fn deref(&self) -> &VerifiedToken {
        &self.0.token
    }
}

impl fmt::Debug for VerifiedClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifiedClaims ")?;
        f.debug_set().entries(self.names()).finish()
    }
}
