//! Azure AD B2C.

use super::AuthorityBuilder;
use crate::settings::{AuthoritySettings, Cloud};

/// Marks the [`AuthorityBuilder`] that [`b2c`] returns.
///
/// Name it where a function of your own takes or returns such a builder:
///
/// ```
/// use tower_b2c_auth::{AuthorityBuilder, B2cTenant, b2c};
///
/// fn with_our_policies(tenant: AuthorityBuilder<B2cTenant>) -> AuthorityBuilder<B2cTenant> {
///     tenant.policy("B2C_1_signupsignin1").policy("B2C_1A_mfa")
/// }
/// let contoso = with_our_policies(b2c("contoso"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum B2cTenant {}

/// An Azure AD B2C tenant, identified by the first part of its domain: `contoso` for `contoso.onmicrosoft.com`. It needs at least one
/// [`policy`](AuthorityBuilder::policy).
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, b2c};
///
/// let layer = |authority| B2cAuthLayer::builder().authority(authority).audience("00001111-aaaa-2222-bbbb-3333cccc4444").build();
/// assert!(layer(b2c("contoso").policy("B2C_1_signupsignin1")).is_ok());
/// assert!(layer(b2c("contoso").policy("B2C_1_signupsignin1").custom_domain("login.contoso.com")).is_ok());
///
/// let error = layer(b2c("contoso")).unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "authorities[0].policy");
/// ```
pub fn b2c(tenant: impl Into<String>) -> AuthorityBuilder<B2cTenant> {
    AuthorityBuilder::new(AuthoritySettings {
        tenant: Some(tenant.into()),
        ..AuthoritySettings::default()
    })
}

impl AuthorityBuilder<B2cTenant> {
    /// Accepts tokens signed with the keys of this user flow or custom policy. Call it once for each policy of the tenant: the keys of custom policies
    /// differ from those of user flows.
    ///
    /// A tenant's policies share one issuer, unless the issuer has the form with `tfp`; the tenant's user flows also share one key. To open a route only to
    /// tokens from one policy, use the requirement [`policy`](crate::policy).
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let layer = |policy: &str| {
    ///     B2cAuthLayer::builder()
    ///         .authority(b2c("contoso").policy("B2C_1_signupsignin1").policy(policy))
    ///         .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
    ///         .build()
    /// };
    /// let auth = layer("B2C_1A_signup_signin")?;
    /// let names: Vec<_> = auth.health().authorities().iter().map(|it| it.authority.clone()).collect();
    /// assert_eq!(names, ["contoso/B2C_1_signupsignin1", "contoso/B2C_1A_signup_signin"]);
    ///
    /// assert_eq!(layer("signin").unwrap_err().mistakes()[0].field, "authorities[1].policy");
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    pub fn policy(mut self, name: impl Into<String>) -> Self {
        self.policies.push(name.into());
        self
    }

    /// Sets the tenant's id, a GUID. The metadata must then name one of the issuers that follow from it, or one that [`issuer`](Self::issuer) lists. It is
    /// needed if many tenants are [on demand](Self::on_demand); see [`AuthoritySettings::on_demand`].
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let layer = |id: &str| {
    ///     let contoso = b2c("contoso").tenant_id(id).policy("B2C_1_signupsignin1");
    ///     B2cAuthLayer::builder().authority(contoso).audience("00001111-aaaa-2222-bbbb-3333cccc4444").build()
    /// };
    /// assert!(layer("aaaabbbb-0000-cccc-1111-dddd2222eeee").is_ok());
    /// // A domain is not an id: the id is the GUID in the tenant's issuer.
    /// assert_eq!(layer("contoso.onmicrosoft.com").unwrap_err().mistakes()[0].field, "authorities[0].tenant_id");
    /// ```
    pub fn tenant_id(mut self, id: impl Into<String>) -> Self {
        self.settings.tenant_id = Some(id.into());
        self
    }

    /// Sets the host where the tenant's tokens are issued, if it is not `<tenant>.b2clogin.com`.
    ///
    /// Both the metadata and the issuer have this host then. Tokens that `<tenant>.b2clogin.com` still issues are refused unless that issuer is accepted
    /// too; see [`presets::to_custom_domain`](crate::migration::presets::to_custom_domain).
    pub fn custom_domain(mut self, host: impl Into<String>) -> Self {
        self.settings.custom_domain = Some(host.into());
        self
    }

    /// Puts the tenant in the cloud operated by 21Vianet: `<tenant>.b2clogin.cn`.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let auth = B2cAuthLayer::builder()
    ///     .authority(b2c("contoso").china().policy("B2C_1_a"))
    ///     .audience("api")
    ///     .build()?;
    /// let metadata = auth.health().authorities()[0].openid_config.clone().unwrap();
    /// assert!(metadata.starts_with("https://contoso.b2clogin.cn/contoso."));
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    pub fn china(mut self) -> Self {
        self.settings.cloud = Cloud::China;
        self
    }
}
