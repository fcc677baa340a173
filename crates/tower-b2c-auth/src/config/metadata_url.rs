//! The URL of an authority's metadata.

use std::fmt::Debug;

use super::{
    any_tenant::tenants_name,
    names::{b2c_tenant_name, external_id_tenant_name, host_name, policy_name, tenant_id},
};
use crate::{
    settings::{AuthoritySettings, Cloud, Family, Hidden, Mistakes},
    urls::{HttpUrl, fetchable_url},
};

impl AuthoritySettings {
    /// The metadata URL; `None` if all the keys are inline, or if there is a mistake.
    pub(super) fn metadata_url(&self, field: &str, mistakes: &mut Mistakes) -> Option<HttpUrl> {
        match self.family {
            Family::B2c => self.b2c_url(field, mistakes),
            Family::ExternalId | Family::EntraId => self.entra_url(field, mistakes),
        }
    }

    /// In lower case, as issuers are. `None` if the tenant's cloud has no B2C.
    pub(super) fn b2c_host(&self, tenant: &str) -> Option<String> {
        let domain = self.cloud.hosts().b2c?;
        let custom = self.custom_domain.clone();
        Some(custom.unwrap_or_else(|| format!("{}{domain}", tenant.to_ascii_lowercase())))
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
            let remedy = "cannot be combined with family, from which the metadata follows; remove one of the two";
            mistakes.add(format!("{field}.{name}"), Hidden, remedy);
        }
        let given = self.tenant_id.as_deref();
        let id = given.ok_or("is missing; write the id of the tenant, a GUID");
        let id = id.and_then(|id| match self.family {
            Family::EntraId => tenants_name(id, self.danger_accept_any_tenant),
            Family::B2c | Family::ExternalId => tenant_id(id),
        });
        let id = mistakes.note(format!("{field}.tenant_id"), given.unwrap_or_default(), id);
        let host = match self.family {
            Family::EntraId => self.entra_id_host(field, mistakes),
            Family::B2c | Family::ExternalId => self.external_id_host(field, mistakes),
        };
        let url = format!(
            "https://{}/{}/v2.0/.well-known/openid-configuration",
            host?, id?
        );
        mistakes.note(field, &url, fetchable_url(&url))
    }

    fn external_id_host(&self, field: &str, mistakes: &mut Mistakes) -> Option<String> {
        let given = self.tenant.as_deref();
        let missing =
            "is missing; write the first part of the domain, \"contoso\" for contoso.ciamlogin.com";
        let tenant = given.ok_or(missing).and_then(external_id_tenant_name);
        let tenant = mistakes.note(format!("{field}.tenant"), given.unwrap_or_default(), tenant);
        let domain = self.cloud.hosts().external_id.ok_or(NO_HOST);
        let domain = mistakes.note(format!("{field}.cloud"), self.cloud, domain);
        Some(format!("{}{}", tenant?, domain?))
    }

    fn entra_id_host(&self, field: &str, mistakes: &mut Mistakes) -> Option<String> {
        if let Some(tenant) = &self.tenant {
            let remedy = "has no effect for Entra ID, where tenant_id names the tenant; remove it";
            mistakes.add(format!("{field}.tenant"), tenant, remedy);
            return None;
        }
        Some(self.cloud.hosts().entra_id.to_owned())
    }

    fn b2c_url(&self, field: &str, mistakes: &mut Mistakes) -> Option<HttpUrl> {
        if let Some(id) = &self.tenant_id {
            let field = format!("{field}.tenant_id");
            mistakes.note(&field, id, tenant_id(id));
            if self.tenant.is_none() {
                let remedy = "works only with tenant and policy, or with family = \"entra_id\" or \"external_id\"; remove it";
                mistakes.add(field, id, remedy);
            }
        }
        if self.cloud != Cloud::Global && self.tenant.is_none() {
            let remedy = "works only with tenant and policy, or with family = \"entra_id\" or \"external_id\"; remove it";
            mistakes.add(format!("{field}.cloud"), self.cloud, remedy);
        }
        match (&self.openid_config, &self.tenant, &self.policy) {
            (Some(text), None, None) => {
                if let Some(domain) = &self.custom_domain {
                    let remedy = "works only with tenant and policy; with openid_config, write the host into the URL";
                    mistakes.add(format!("{field}.custom_domain"), domain, remedy);
                }
                mistakes.note(
                    format!("{field}.openid_config"),
                    shown(&text.as_str()),
                    fetchable_url(text),
                )
            }
            (None, Some(tenant), Some(policy)) => self.url_of(tenant, policy, field, mistakes),
            (None, Some(_), None) => {
                let remedy = "is missing; name the user flow, such as \"B2C_1_signupsignin1\"";
                mistakes.note(format!("{field}.policy"), "", Err(remedy))
            }
            (None, None, Some(policy)) => {
                let remedy = format!(
                    "is missing; name the tenant of the policy {policy:?}, such as \"contoso\""
                );
                mistakes.note(format!("{field}.tenant"), "", Err(remedy))
            }
            (None, None, None) if self.is_inline() => None,
            (None, None, None) => {
                let remedy =
                    "has neither metadata nor keys; set openid_config, or tenant and policy";
                mistakes.note(field, "", Err(remedy))
            }
            (Some(text), ..) => {
                let remedy = "cannot be combined with tenant or policy; remove it, or remove those";
                mistakes.note(
                    format!("{field}.openid_config"),
                    shown(&text.as_str()),
                    Err(remedy),
                )
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
        let tenant = mistakes.note(format!("{field}.tenant"), tenant, b2c_tenant_name(tenant));
        let policy = mistakes.note(format!("{field}.policy"), policy, policy_name(policy));
        if let Some(domain) = &self.custom_domain {
            mistakes.note(format!("{field}.custom_domain"), domain, host_name(domain))?;
        }
        let (tenant, policy) = (tenant?, policy?);
        let hosts = self.b2c_host(tenant).zip(self.cloud.b2c_directory());
        let hosts = hosts.ok_or(NO_HOST);
        let (host, directory) = mistakes.note(format!("{field}.cloud"), self.cloud, hosts)?;
        let url = format!(
            "https://{host}/{tenant}.{directory}/{policy}/v2.0/.well-known/openid-configuration"
        );
        mistakes.note(field, &url, fetchable_url(&url))
    }
}

/// What a mistake shows of a URL: nothing, if there may be a password in it.
pub(super) fn shown<'a>(url: &'a &str) -> &'a dyn Debug {
    if url.contains('@') { &Hidden } else { url }
}

const NO_HOST: &str = "has no known host for this family; instead of family, cloud, tenant, tenant_id and policy, give openid_config and the issuers in full";
