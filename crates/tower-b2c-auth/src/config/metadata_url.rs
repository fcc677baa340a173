//! Where an authority's metadata is.

use url::Url;

use super::names::{host_name, policy_name, tenant_name};
use crate::{
    settings::{AuthoritySettings, Mistakes},
    urls::fetchable_url,
};

impl AuthoritySettings {
    /// The metadata URL; none if the keys are given inline, or if there is a mistake.
    pub(super) fn metadata_url(&self, field: &str, mistakes: &mut Mistakes) -> Option<Url> {
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
    ) -> Option<Url> {
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
