//! Entra External ID and Entra ID.

use super::AuthorityBuilder;
use crate::settings::{AuthoritySettings, Cloud, Family};

/// Marks the [`AuthorityBuilder`] that [`external_id`] and [`entra_id`] return.
///
/// ```
/// use tower_b2c_auth::{AuthorityBuilder, EntraTenant, entra_id};
///
/// fn in_the_governments_cloud(tenant: AuthorityBuilder<EntraTenant>) -> AuthorityBuilder<EntraTenant> {
///     tenant.us_government().on_demand()
/// }
/// let agency = in_the_governments_cloud(entra_id("aaaabbbb-0000-cccc-1111-dddd2222eeee"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntraTenant {}

/// An Entra External ID tenant, identified by its subdomain (`contoso` for `contoso.ciamlogin.com`) and by the tenant's id, a GUID in lower case.
///
/// Its issuer is `https://<tenant id>.ciamlogin.com/<tenant id>/v2.0`. User flows belong to the application there, so there is no policy to name.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, external_id};
///
/// let layer = |id: &str| B2cAuthLayer::builder().authority(external_id("contoso", id)).audience("00001111-aaaa-2222-bbbb-3333cccc4444").build();
/// assert!(layer("ccccdddd-2222-eeee-3333-ffff4444aaaa").is_ok());
///
/// let error = layer("contoso.onmicrosoft.com").unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "authorities[0].tenant_id");
/// ```
pub fn external_id(
    subdomain: impl Into<String>,
    tenant_id: impl Into<String>,
) -> AuthorityBuilder<EntraTenant> {
    AuthorityBuilder::new(AuthoritySettings {
        family: Family::ExternalId,
        tenant: Some(subdomain.into()),
        tenant_id: Some(tenant_id.into()),
        ..AuthoritySettings::default()
    })
}

/// One Entra ID tenant, identified by its id, with tokens of versions 2.0 and 1.0: their issuers differ, but Entra ID signs both with the same keys.
///
/// An audience that is an application id also stands for `api://<id>`, which version 1.0 tokens carry:
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, entra_id};
///
/// let layer = |tenant_id: &str| {
///     B2cAuthLayer::builder()
///         .authority(entra_id(tenant_id))
///         .authority(entra_id("bbbbcccc-1111-dddd-2222-eeee3333ffff").us_government())
///         .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///         .build()
/// };
/// assert!(layer("aaaabbbb-0000-cccc-1111-dddd2222eeee").is_ok());
/// // The issuers contain the id, so a domain is not enough, and neither is `common`.
/// assert_eq!(layer("contoso.com").unwrap_err().mistakes()[0].field, "authorities[0].tenant_id");
/// assert_eq!(layer("common").unwrap_err().mistakes()[0].field, "authorities[0].tenant_id");
/// ```
///
/// For an application that many tenants use, name each one: [`entra_id_tenants`] takes their ids. The metadata of `organizations` and `common` has no issuer,
/// only a template that any tenant in the world fits, so these names are refused unless
/// [`danger_accept_any_tenant`](AuthorityBuilder::danger_accept_any_tenant) is set.
pub fn entra_id(tenant_id: impl Into<String>) -> AuthorityBuilder<EntraTenant> {
    AuthorityBuilder::new(AuthoritySettings {
        family: Family::EntraId,
        tenant_id: Some(tenant_id.into()),
        ..AuthoritySettings::default()
    })
}

/// Several Entra ID tenants, identified by their ids, for an application that many tenants use: one [`entra_id`] for each.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, entra_id_tenants};
///
/// let customers = ["aaaabbbb-0000-cccc-1111-dddd2222eeee", "bbbbcccc-1111-dddd-2222-eeee3333ffff"];
/// let auth = B2cAuthLayer::builder()
///     .authority(entra_id_tenants(customers))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .build()?;
/// assert_eq!(auth.settings().authorities.len(), 2);
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
#[must_use]
pub fn entra_id_tenants(
    tenant_ids: impl IntoIterator<Item = impl Into<String>>,
) -> Vec<AuthoritySettings> {
    let tenants = tenant_ids.into_iter().map(entra_id);
    tenants.flat_map(Vec::<AuthoritySettings>::from).collect()
}

impl AuthorityBuilder<EntraTenant> {
    /// Puts the tenant in the cloud operated by 21Vianet; see [`Cloud`]. External ID has no known host there.
    pub fn china(mut self) -> Self {
        self.settings.cloud = Cloud::China;
        self
    }

    /// Puts the tenant in Azure Government; see [`Cloud`]. External ID has no known host there.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, entra_id, external_id};
    ///
    /// let id = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
    /// let auth = B2cAuthLayer::builder().authority(entra_id(id).us_government()).audience("api").build()?;
    /// let metadata = auth.health().authorities()[0].openid_config.clone().unwrap();
    /// assert!(metadata.starts_with("https://login.microsoftonline.us/"));
    ///
    /// let unknown = B2cAuthLayer::builder()
    ///     .authority(external_id("contoso", id).us_government())
    ///     .audience("api")
    ///     .build();
    /// assert_eq!(unknown.unwrap_err().mistakes()[0].field, "authorities[0].cloud");
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    pub fn us_government(mut self) -> Self {
        self.settings.cloud = Cloud::UsGovernment;
        self
    }

    /// Accepts the tokens of any Entra ID tenant. Dangerous: anybody can create a tenant; see [`AuthoritySettings::danger_accept_any_tenant`].
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, entra_id};
    ///
    /// let layer = |authority| B2cAuthLayer::builder().authority(authority).audience("00001111-aaaa-2222-bbbb-3333cccc4444").build();
    /// assert!(layer(entra_id("organizations").danger_accept_any_tenant()).is_ok());
    /// // Personal Microsoft accounts too.
    /// assert!(layer(entra_id("common").danger_accept_any_tenant()).is_ok());
    ///
    /// let error = layer(entra_id("organizations")).unwrap_err();
    /// assert_eq!(error.mistakes()[0].field, "authorities[0].tenant_id");
    /// let error = layer(entra_id("aaaabbbb-0000-cccc-1111-dddd2222eeee").danger_accept_any_tenant()).unwrap_err();
    /// assert_eq!(error.mistakes()[0].field, "authorities[0].tenant_id");
    /// ```
    pub fn danger_accept_any_tenant(mut self) -> Self {
        self.settings.danger_accept_any_tenant = true;
        self
    }
}
