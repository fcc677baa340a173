//! The URL of an authority's metadata, and the issuers that follow from the settings.

use super::{
    any_tenant::tenants_name,
    names::{host_name, policy_name, tenant_id, tenant_name},
};
use crate::{
    http_url::HttpUrl,
    settings::{AuthoritySettings, Cloud, Family, Mistakes},
    urls::fetchable_url,
};

impl AuthoritySettings {
    /// The metadata URL; `None` if the keys are inline, or if there is a mistake.
    pub(super) fn metadata_url(&self, field: &str, mistakes: &mut Mistakes) -> Option<HttpUrl> {
        match self.family {
            Family::B2c => self.b2c_url(field, mistakes),
            Family::ExternalId | Family::EntraId => self.entra_url(field, mistakes),
        }
    }

    /// The issuers, if they follow from the settings. The metadata must name one of them.
    pub(super) fn known_issuers(&self) -> Vec<String> {
        if let Some(issuer) = &self.metadata_issuer {
            return vec![issuer.clone()];
        }
        let Some(id) = &self.tenant_id else {
            return Vec::new();
        };
        if self.danger_accept_any_tenant {
            return Vec::new();
        }
        match self.family {
            Family::B2c => self.b2c_issuers(id),
            Family::ExternalId => {
                let domain = self.cloud.hosts().external_id;
                let issuer = domain.map(|domain| format!("https://{id}{domain}/{id}/v2.0"));
                issuer.into_iter().collect()
            }
            Family::EntraId => self.entra_issuers(id).into(),
        }
    }

    /// The issuers of Entra ID's tokens, of versions 2.0 and 1.0.
    pub(super) fn entra_issuers(&self, id: &str) -> [String; 2] {
        [
            format!("https://{}/{id}/v2.0", self.cloud.hosts().entra_id),
            format!("https://{}/{id}/", self.cloud.hosts().entra_id_v1),
        ]
    }

    /// The tenant that its tokens must name in `tid`, if they name one.
    pub(super) fn checked_tenant(&self) -> Option<&str> {
        match self.family {
            Family::B2c => None,
            Family::ExternalId | Family::EntraId => {
                let id = self.tenant_id.as_deref();
                id.filter(|_| !self.danger_accept_any_tenant)
            }
        }
    }

    /// The issuers [without and with the policy](https://learn.microsoft.com/azure/active-directory-b2c/tokens-overview#compatibility). B2C writes the
    /// policy as it was created or in lower case.
    fn b2c_issuers(&self, id: &str) -> Vec<String> {
        let (Some(tenant), Some(policy)) = (&self.tenant, &self.policy) else {
            return Vec::new();
        };
        let Some(host) = self.b2c_host(tenant) else {
            return Vec::new();
        };
        let mut issuers = vec![format!("https://{host}/{id}/v2.0/")];
        let mut policies = vec![policy.to_ascii_lowercase(), policy.clone()];
        policies.dedup();
        let with_policy = policies.iter();
        issuers.extend(with_policy.map(|policy| format!("https://{host}/tfp/{id}/{policy}/v2.0/")));
        issuers
    }

    /// `None` if the tenant's cloud has no B2C.
    fn b2c_host(&self, tenant: &str) -> Option<String> {
        let domain = self.cloud.hosts().b2c?;
        let custom = self.custom_domain.clone();
        Some(custom.unwrap_or_else(|| format!("{tenant}{domain}")))
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
            let remedy = "cannot be combined with this family, whose metadata follows from the tenant; remove one of the two";
            mistakes.add(format!("{field}.{name}"), "…", remedy);
        }
        let id = match &self.tenant_id {
            Some(id) => {
                let name = match self.family {
                    Family::EntraId => tenants_name(id, self.danger_accept_any_tenant),
                    Family::B2c | Family::ExternalId => tenant_id(id),
                };
                mistakes.note(&format!("{field}.tenant_id"), id, name)
            }
            None => {
                let remedy = "is missing; write the id of the tenant, a GUID";
                mistakes.add(format!("{field}.tenant_id"), "", remedy);
                None
            }
        };
        let host = match (self.family, &self.tenant) {
            (Family::ExternalId, Some(tenant)) => {
                let name = mistakes.note(&format!("{field}.tenant"), tenant, tenant_name(tenant));
                let domain = self.cloud.hosts().external_id;
                if domain.is_none() {
                    mistakes.add(format!("{field}.cloud"), self.cloud, NO_HOST);
                }
                name.zip(domain)
                    .map(|(name, domain)| format!("{name}{domain}"))
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
            (_, None) => Some(self.cloud.hosts().entra_id.to_owned()),
        };
        let url = format!(
            "https://{}/{}/v2.0/.well-known/openid-configuration",
            host?, id?
        );
        mistakes.note(field, &url, fetchable_url(&url))
    }

    fn b2c_url(&self, field: &str, mistakes: &mut Mistakes) -> Option<HttpUrl> {
        if let Some(id) = &self.tenant_id {
            let field = format!("{field}.tenant_id");
            mistakes.note(&field, id, tenant_id(id));
            if self.tenant.is_none() {
                let remedy = "works with tenant and policy, or with another family; remove it";
                mistakes.add(field, id, remedy);
            }
        }
        if self.cloud != Cloud::Global && self.tenant.is_none() {
            let remedy = "works with tenant and policy, or with another family; remove it";
            mistakes.add(format!("{field}.cloud"), self.cloud, remedy);
        }
        match (&self.openid_config, &self.tenant, &self.policy) {
            (Some(text), None, None) => {
                if let Some(domain) = &self.custom_domain {
                    let remedy = "works only with tenant and policy; with openid_config, write the host into the URL";
                    mistakes.add(format!("{field}.custom_domain"), domain, remedy);
                }
                mistakes.note(&format!("{field}.openid_config"), text, fetchable_url(text))
            }
            (None, Some(tenant), Some(policy)) => self.url_of(tenant, policy, field, mistakes),
            (None, Some(_), None) => {
                let remedy = "is missing; name the user flow, such as \"B2C_1_signupsignin1\"";
                mistakes.add(format!("{field}.policy"), "", remedy);
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
                    let remedy = "no authority configured; set openid_config, or tenant and policy";
                    mistakes.add(field, "", remedy);
                }
                None
            }
            (Some(text), ..) => {
                let remedy = "cannot be combined with tenant or policy; remove one of the two";
                mistakes.add(format!("{field}.openid_config"), text, remedy);
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
        if let Some(domain) = &self.custom_domain {
            mistakes.note(&format!("{field}.custom_domain"), domain, host_name(domain))?;
        }
        let (tenant, policy) = (tenant?, policy?);
        let hosts = self.b2c_host(tenant).zip(self.cloud.b2c_directory());
        let Some((host, directory)) = hosts else {
            mistakes.add(format!("{field}.cloud"), self.cloud, NO_HOST);
            return None;
        };
        let url = format!(
            "https://{host}/{tenant}.{directory}/{policy}/v2.0/.well-known/openid-configuration"
        );
        mistakes.note(field, &url, fetchable_url(&url))
    }
}

const NO_HOST: &str =
    "has no known host for this family; give openid_config and the issuers in full, or remove it";
