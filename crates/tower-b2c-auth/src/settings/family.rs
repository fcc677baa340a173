//! Which of Microsoft's services an authority belongs to.

use serde::{Deserialize, Serialize};

/// Which of Microsoft's services issues the tokens. The metadata URL and, where it is known, the issuer follow from it.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, Settings};
///
/// let read = |authority: &str| Settings::from_toml(&format!("audiences = 'api'\nauthorities = [{authority}]"));
/// let entra = read("{ family = 'entra_id', tenant_id = 'aaaabbbb-0000-cccc-1111-dddd2222eeee' }")?;
/// assert!(B2cAuthLayer::from_settings(entra).is_ok());
///
/// let without_its_id = read("{ family = 'external_id', tenant = 'contoso' }")?;
/// let error = B2cAuthLayer::from_settings(without_its_id).unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "authorities[0].tenant_id");
/// # Ok::<(), tower_b2c_auth::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Azure AD B2C: needs [`tenant`](super::AuthoritySettings::tenant) and [`policy`](super::AuthoritySettings::policy).
    #[default]
    B2c,
    /// Entra External ID: needs [`tenant`](super::AuthoritySettings::tenant) and [`tenant_id`](super::AuthoritySettings::tenant_id).
    ExternalId,
    /// Entra ID, tokens from one tenant, of versions 2.0 and 1.0: needs [`tenant_id`](super::AuthoritySettings::tenant_id). For tokens from any tenant, see
    /// [`danger_accept_any_tenant`](super::AuthoritySettings::danger_accept_any_tenant).
    EntraId,
}
