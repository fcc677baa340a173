//! Settings for the three common migrations.
//!
//! Each starts at [`Stage::Accept`](super::Stage::Accept): both issuers are accepted, and uses of the legacy issuer are counted. The settings still need an
//! audience. For [`to_external_id`], each issuer needs its own: the function takes the new one, and the B2C builder must already have the old one.
//!
//! ```
//! use tower_b2c_auth::{B2cAuthLayer, migration::{Stage, presets}};
//!
//! let mut settings = presets::to_custom_domain("contoso", "aaaabbbb-0000-cccc-1111-dddd2222eeee", "B2C_1_signupsignin1", "login.contoso.com");
//! assert_eq!(settings.migration.as_ref().unwrap().stage, Stage::Accept);
//! assert!(B2cAuthLayer::from_settings(settings.clone()).is_err());
//!
//! settings.audiences.push("00001111-aaaa-2222-bbbb-3333cccc4444".into());
//! assert!(B2cAuthLayer::from_settings(settings).is_ok());
//! ```

use crate::settings::{AuthoritySettings, MigrationSettings, Settings, b2c, external_id};

/// From `login.microsoftonline.com` to `b2clogin.com`.
///
/// | claim | legacy | new |
/// |---|---|---|
/// | `iss` | `https://login.microsoftonline.com/<tenant id>/v2.0/` | `https://<tenant>.b2clogin.com/<tenant id>/v2.0/` |
/// | `sub`, `oid`, `aud` | | the same |
/// | keys | | the same: a policy publishes one key set on every host |
///
/// The legacy issuer ends with a slash. The same URL without the slash is the tenant's Entra ID issuer, which has different keys; its tokens are refused.
/// See [Set redirect URLs to b2clogin.com](https://learn.microsoft.com/azure/active-directory-b2c/b2clogin) and [Migrate an OWIN-based web
/// API](https://learn.microsoft.com/azure/active-directory-b2c/multiple-token-endpoints).
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, migration::presets};
///
/// let mut settings = presets::to_b2clogin("contoso", "aaaabbbb-0000-cccc-1111-dddd2222eeee", "B2C_1_signupsignin1");
/// settings.audiences.push("00001111-aaaa-2222-bbbb-3333cccc4444".into());
/// assert_eq!(settings.migration.as_ref().unwrap().legacy_issuers, ["https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/"]);
/// assert!(B2cAuthLayer::from_settings(settings).is_ok());
/// ```
pub fn to_b2clogin(tenant: &str, tenant_id: &str, policy: &str) -> Settings {
    Settings {
        authorities: b2c(tenant).policy(policy).into(),
        migration: Some(MigrationSettings::from_issuer(format!(
            "https://login.microsoftonline.com/{tenant_id}/v2.0/"
        ))),
        ..Settings::default()
    }
}

/// From `b2clogin.com` to the tenant's custom domain.
///
/// | claim | legacy | new |
/// |---|---|---|
/// | `iss` | `https://<tenant>.b2clogin.com/<tenant id>/v2.0/` | `https://<custom domain>/<tenant id>/v2.0/` |
/// | `sub`, `oid`, `aud` | | the same |
/// | keys | | the same |
///
/// `b2clogin.com` keeps issuing tokens until Microsoft's support blocks it for the tenant. See
/// [Enable custom domains](https://learn.microsoft.com/azure/active-directory-b2c/custom-domain).
///
/// ```
/// use tower_b2c_auth::migration::presets;
///
/// let settings = presets::to_custom_domain("contoso", "aaaabbbb-0000-cccc-1111-dddd2222eeee", "B2C_1_signupsignin1", "login.contoso.com");
/// assert_eq!(settings.migration.unwrap().legacy_issuers, ["https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/"]);
/// ```
pub fn to_custom_domain(
    tenant: &str,
    tenant_id: &str,
    policy: &str,
    custom_domain: &str,
) -> Settings {
    let authority = b2c(tenant).policy(policy).custom_domain(custom_domain);
    let label = tenant.to_ascii_lowercase();
    Settings {
        authorities: authority.into(),
        migration: Some(MigrationSettings::from_issuer(format!(
            "https://{label}.b2clogin.com/{tenant_id}/v2.0/"
        ))),
        ..Settings::default()
    }
}

/// From Azure AD B2C to Entra External ID.
///
/// | claim | legacy | new |
/// |---|---|---|
/// | `iss` | the issuer of the B2C authority | `https://<external tenant id>.ciamlogin.com/<external tenant id>/v2.0`: the tenant id is the host, and there is no slash at the end |
/// | `sub` | | different |
/// | `oid` | | the same if B2C and External ID share a tenant (high scale compatibility mode), otherwise different |
/// | `aud` | | different: B2C's app registrations cannot be reused |
/// | `tfp`, `acr` | the policy | absent: user flows belong to the application |
/// | keys | | different: those of the `ciamlogin.com` document; `login.microsoftonline.com` publishes only some of them |
///
/// Each issuer has its own keys and audiences, so a key of one cannot sign a token of the other. `b2c` is the legacy authority, with its own audience;
/// `audience` is that of the new tokens. `subdomain` is the tenant's name, `contoso` for `contoso.ciamlogin.com`. See [Plan your migration from
/// B2C](https://learn.microsoft.com/entra/external-id/customers/plan-your-migration-from-b2c-to-external-id).
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, b2c, migration::presets};
///
/// let legacy = b2c("contoso").policy("B2C_1_signupsignin1").audience("b2c-api-id");
/// let settings = presets::to_external_id(legacy, "contoso-ext", "ccccdddd-2222-eeee-3333-ffff4444aaaa", "external-api-id");
/// assert!(B2cAuthLayer::from_settings(settings).is_ok());
/// ```
pub fn to_external_id(
    b2c: impl Into<Vec<AuthoritySettings>>,
    subdomain: &str,
    external_tenant_id: &str,
    audience: &str,
) -> Settings {
    let mut authorities: Vec<_> = external_id(subdomain, external_tenant_id)
        .audience(audience)
        .into();
    let legacy = b2c.into().into_iter().map(|authority| AuthoritySettings {
        legacy: true,
        ..authority
    });
    authorities.extend(legacy);
    Settings {
        authorities,
        migration: Some(MigrationSettings::default()),
        ..Settings::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bug: the legacy issuer was one that no token has, so the report said that it was safe to remove.
    #[test]
    fn the_host_of_an_issuer_is_in_lower_case() {
        let settings = to_custom_domain("ContosoB2C", "the-id", "B2C_1_in", "login.contoso.com");
        let legacy = settings.migration.map(|migration| migration.legacy_issuers);
        let issuer = "https://contosob2c.b2clogin.com/the-id/v2.0/";
        assert_eq!(legacy, Some(vec![issuer.to_owned()]));
    }
}
