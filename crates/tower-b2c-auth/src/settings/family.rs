//! Which of Microsoft's services an authority belongs to.

use serde::{Deserialize, Serialize};

/// Which of Microsoft's services issues the tokens. The metadata URL and, where it is known, the issuer follow from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Azure AD B2C: needs [`tenant`](super::AuthoritySettings::tenant) and [`policy`](super::AuthoritySettings::policy).
    #[default]
    B2c,
    /// Entra External ID: needs [`tenant`](super::AuthoritySettings::tenant) and [`tenant_id`](super::AuthoritySettings::tenant_id).
    ExternalId,
    /// Entra ID, tokens from one tenant, of versions 2.0 and 1.0: needs [`tenant_id`](super::AuthoritySettings::tenant_id).
    EntraId,
}
