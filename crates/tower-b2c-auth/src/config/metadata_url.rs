//! Where an authority's metadata is.

use super::names::{host_name, policy_name, tenant_id, tenant_name};
use crate::{
    http_url::HttpUrl,
    settings::{AuthoritySettings, Family, Mistakes},
    urls::fetchable_url,
};

impl AuthoritySettings {
    /// The metadata URL; none if the keys are given inline, or if there is a mistake.
    pub(super) fn metadata_url(&self, field: &str, mistakes: &mut Mistakes) -> Option<HttpUrl> {
        match self.family {
            Family::B2c => self.b2c_url(field, mistakes),
            Family::ExternalId | Family::EntraId => self.entra_url(field, mistakes),
        }
    }

    /// The issuer, where it follows from the settings.
    pub(super) fn known_issuer(&self) -> Option<String> {
        let id = self.tenant_id.as_ref()?;
        match self.family {
            Family::B2c => None,
            Family::ExternalId => Some(format!("https://{id}.ciamlogin.com/{id}/v2.0")),
            Family::EntraId => Some(format!("https://login.microsoftonline.com/{id}/v2.0")),
        }
    }

    fn entra_url(&self, field: &str, mistakes: &mut Mistakes) -> Option<HttpUrl> {
        let foreign = [
            ("openid_config", self.openid_config.is_some()),
            ("policy", self.policy.is_some()),
            ("custom_domain", self.custom_domain.is_some()),
            ("jwks", self.jwks.is_some()),
            ("keys", !self.keys.is_empty()),
        ];
        for (name, _) in foreign.into_iter().filter(|(_, is_given)| *is_given) {
            let remedy = "cannot be combined with this family, from whose tenant everything follows; remove one of the two";
            mistakes.add(format!("{field}.{name}"), "…", remedy);
        }
        let id = match &self.tenant_id {
            Some(id) => mistakes.note(&format!("{field}.tenant_id"), id, tenant_id(id)),
            None => {
                let remedy = "is missing; write the id of the tenant, a GUID";
                mistakes.add(format!("{field}.tenant_id"), "", remedy);
                None
            }
        };
        let host = match (self.family, &self.tenant) {
            (Family::ExternalId, Some(tenant)) => {
                let name = mistakes.note(&format!("{field}.tenant"), tenant, tenant_name(tenant));
                name.map(|name| format!("{name}.ciamlogin.com"))
            }
            (Family::ExternalId, None) => {
                let remedy = "is missing; write the first part of the domain, \"contoso\" for contoso.ciamlogin.com";
                mistakes.add(format!("{field}.tenant"), "", remedy);
                None
            }
            (_, Some(tenant)) => {
                let remedy =
                    "has no effect for Entra ID, where tenant_id names the tenant; remove it";
                mistakes.add(format!("{field}.tenant"), tenant, remedy);
                None
            }
            (_, None) => Some("login.microsoftonline.com".to_owned()),
        };
        let url = format!(
            "https://{}/{}/v2.0/.well-known/openid-configuration",
            host?, id?
        );
        mistakes.note(field, &url, fetchable_url(&url))
    }

    fn b2c_url(&self, field: &str, mistakes: &mut Mistakes) -> Option<HttpUrl> {
        if let Some(id) = &self.tenant_id {
            let remedy = "works with family external_id and entra_id; remove it";
            mistakes.add(format!("{field}.tenant_id"), id, remedy);
        }
        match (&self.openid_config, &self.tenant, &self.policy) {
            (Some(text), None, None) => {
                if let Some(domain) = &self.custom_domain {
                    mistakes.add(format!("{field}.custom_domain"), domain, "works with tenant and policy, not with openid_config; put the host into the URL");
                }
                mistakes.note(&format!("{field}.openid_config"), text, fetchable_url(text))
            }
            (None, Some(tenant), Some(policy)) => self.url_of(tenant, policy, field, mistakes),
            (None, Some(_), None) => {
                mistakes.add(
                    format!("{field}.policy"),
                    "",
                    "is missing; name the user flow, such as \"B2C_1_signupsignin1\"",
                );
                None
            }
            (None, None, Some(policy)) => {
                mistakes.add(
                    format!("{field}.tenant"),
                    "",
                    format!(
                        "is missing; name the tenant of the policy {policy:?}, such as \"contoso\""
                    ),
                );
                None
            }
            (None, None, None) => {
                if !self.is_inline() {
                    mistakes.add(
                        field,
                        "",
                        "no authority configured; set openid_config, or tenant and policy",
                    );
                }
                None
            }
            (Some(text), ..) => {
                mistakes.add(
                    format!("{field}.openid_config"),
                    text,
                    "cannot be combined with tenant or policy; remove one of the two",
                );
                None
            }
        }
    }

    fn url_of(
        &self,
        tenant: &str,
        policy: &str,
        field: &str,
        mistakes: &mut Mistakes,
    ) -> Option<HttpUrl> {
        let tenant = mistakes.note(&format!("{field}.tenant"), tenant, tenant_name(tenant));
        let policy = mistakes.note(&format!("{field}.policy"), policy, policy_name(policy));
        let domain = match &self.custom_domain {
            None => None,
            Some(domain) => {
                Some(mistakes.note(&format!("{field}.custom_domain"), domain, host_name(domain))?)
            }
        };
        let (tenant, policy) = (tenant?, policy?);
        let host = domain.map_or_else(|| format!("{tenant}.b2clogin.com"), str::to_owned);
        let url = format!(
            "https://{host}/{tenant}.onmicrosoft.com/{policy}/v2.0/.well-known/openid-configuration"
        );
        mistakes.note(field, &url, fetchable_url(&url))
    }
}
