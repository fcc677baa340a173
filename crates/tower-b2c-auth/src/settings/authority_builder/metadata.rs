//! Any other issuer, by the URL of its metadata.

use super::AuthorityBuilder;
use crate::settings::AuthoritySettings;

/// Marks the [`AuthorityBuilder`] that [`from_metadata`] returns.
///
/// ```
/// use tower_b2c_auth::{AuthorityBuilder, Metadata, from_metadata};
///
/// fn at(host: &str) -> AuthorityBuilder<Metadata> {
///     from_metadata(format!("https://{host}/.well-known/openid-configuration")).keys_host(format!("keys.{host}"))
/// }
/// let authority = at("login.contoso.com");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metadata {}

/// An authority identified by the URL of its OpenID Connect metadata: https, or http on a loopback address.
///
/// Unless [`metadata_issuer`](AuthorityBuilder::metadata_issuer) names the issuer, the metadata may name any issuer on its own host; the metadata of an
/// External ID or Entra ID tenant may name any issuer on that service's hosts. The keys must be on the same host as the metadata, or on the
/// [`keys_host`](AuthorityBuilder::keys_host).
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, from_metadata};
///
/// let layer = |url: &str| B2cAuthLayer::builder().authority(from_metadata(url)).audience("00001111-aaaa-2222-bbbb-3333cccc4444").build();
/// assert!(layer("https://login.contoso.com/contoso.onmicrosoft.com/B2C_1_a/v2.0/.well-known/openid-configuration").is_ok());
///
/// let error = layer("http://login.contoso.com/").unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "authorities[0].openid_config");
/// ```
pub fn from_metadata(url: impl Into<String>) -> AuthorityBuilder<Metadata> {
    AuthorityBuilder::new(AuthoritySettings::openid_config(url))
}

impl AuthorityBuilder<Metadata> {
    /// Sets the issuer that the metadata must name; any other is refused unless [`issuer`](Self::issuer) lists it. It is needed if many authorities are [on
    /// demand](Self::on_demand); see [`AuthoritySettings::on_demand`].
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, from_metadata};
    ///
    /// let layer = |issuer: &str| {
    ///     B2cAuthLayer::builder()
    ///         .authority(from_metadata("https://id.example/.well-known/openid-configuration").metadata_issuer(issuer))
    ///         .audience("tasks-api")
    ///         .build()
    /// };
    /// assert!(layer("https://id.example/tenant/").is_ok());
    /// // A template stands for many tenants.
    /// assert_eq!(layer("https://id.example/{tenantid}/").unwrap_err().mistakes()[0].field, "authorities[0].metadata_issuer");
    /// ```
    pub fn metadata_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.settings.metadata_issuer = Some(issuer.into());
        self
    }

    /// Allows the metadata to name this host for the keys, in addition to its own. Include the port if it is not the scheme's default.
    pub fn keys_host(mut self, host: impl Into<String>) -> Self {
        self.settings.keys_host = Some(host.into());
        self
    }
}
