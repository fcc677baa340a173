//! A tenant that needs no network.

use super::{key, test_token::TestToken};
use crate::{
    clock::{Clock as _, ManualClock, SystemClock},
    keys::NothingToFetch,
    layer::{B2cAuthBuilder, B2cAuthLayer},
    settings::{AuthorityBuilder, AuthoritySettings, InlineKeys, from_keys},
};

/// A B2C tenant whose keys are inline: nothing listens and nothing is fetched. It has a clock, which its tokens and its layers follow.
///
/// ```
/// use std::time::Duration;
/// use tower_b2c_auth::test_util::TestTenant;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tower_b2c_auth::AuthError> {
/// let tenant = TestTenant::new();
/// let auth = tenant.layer();
/// let token = tenant.token().scope("tasks.read").sign();
/// assert!(auth.authenticate(&token).await?.has_scope("tasks.read"));
///
/// tenant.clock().advance(Duration::from_secs(2 * 3600));
/// assert_eq!(auth.authenticate(&token).await.unwrap_err().reason(), "expired");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TestTenant {
    clock: ManualClock,
}

impl TestTenant {
    /// The issuer of its tokens, as B2C writes it.
    pub const ISSUER: &str =
        "https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
    /// The audience of its tokens unless a test sets another.
    pub const AUDIENCE: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
    /// The policy of its tokens.
    pub const POLICY: &str = "B2C_1_signupsignin1";

    /// Makes a tenant whose clock starts at the system's time and stands still until it is moved.
    ///
    /// The first layer or token in a process generates the key, which takes about a tenth of a second. All tenants share it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The clock of the tenant and its layers. Advancing a clone advances it too.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// The tenant as an authority, for a builder or settings of your own. Give the layer the tenant's [clock](Self::clock) as well; on the system's clock,
    /// tokens made after the tenant's clock was moved are from the future.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use tower_b2c_auth::{B2cAuthLayer, test_util::TestTenant};
    ///
    /// let tenant = TestTenant::new();
    /// let auth = B2cAuthLayer::builder()
    ///     .authority(tenant.authority().name("tests").client("tasks-app"))
    ///     .audience(TestTenant::AUDIENCE)
    ///     .clock(tenant.clock().clone())
    ///     .build()?;
    /// assert!(auth.authenticate(&tenant.token().claim("azp", "tasks-app").sign()).await.is_ok());
    /// assert_eq!(auth.authenticate(&tenant.token().claim("azp", "another").sign()).await.unwrap_err().reason(), "foreign_client");
    /// # Ok(())
    /// # }
    /// ```
    pub fn authority(&self) -> AuthorityBuilder<InlineKeys> {
        from_keys(Self::ISSUER, [key::public()]).name("test")
    }

    /// A builder with this tenant, its [audience](Self::AUDIENCE) and its clock. The layer it builds fetches nothing, not even for authorities that are
    /// added.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use tower_b2c_auth::test_util::TestTenant;
    ///
    /// let tenant = TestTenant::new();
    /// let auth = tenant.builder().max_token_lifetime("30m").build()?;
    /// let short = tenant.token().lifetime(Duration::from_secs(20 * 60)).sign();
    /// assert!(auth.authenticate(&short).await.is_ok());
    /// assert_eq!(auth.authenticate(&tenant.token().sign()).await.unwrap_err().reason(), "lifetime_too_long");
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(&self) -> B2cAuthBuilder {
        layer_without_network(self.authority(), Self::AUDIENCE).clock(self.clock.clone())
    }

    /// A layer that accepts this tenant's tokens.
    ///
    /// # Panics
    ///
    /// Never: the settings are good.
    pub fn layer(&self) -> B2cAuthLayer {
        self.builder().build().expect("the settings are good")
    }

    /// An access token, as a user flow issues it: for [`AUDIENCE`](Self::AUDIENCE), valid for an hour, with the scope `user_impersonation`.
    pub fn token(&self) -> TestToken {
        TestToken::at(self.clock.now())
    }
}

impl Default for TestTenant {
    fn default() -> Self {
        Self {
            clock: ManualClock::at(SystemClock::default().now()),
        }
    }
}

pub(super) fn layer_without_network(
    authority: impl Into<Vec<AuthoritySettings>>,
    audience: &str,
) -> B2cAuthBuilder {
    B2cAuthLayer::builder()
        .authority(authority)
        .audience(audience)
        .fetch(NothingToFetch)
}
