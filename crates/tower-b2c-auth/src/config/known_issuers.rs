//! The issuers that follow from an authority's settings.

use crate::settings::{AuthoritySettings, Family};

impl AuthoritySettings {
    /// The issuers, if they follow from the settings. The metadata must name one of them, or one of `issuers`.
    pub(super) fn known_issuers(&self) -> Vec<String> {
        if let Some(issuer) = &self.metadata_issuer {
            return vec![issuer.clone()];
        }
        let id = self.tenant_id.as_ref();
        let Some(id) = id.filter(|_| !self.danger_accept_any_tenant) else {
            return Vec::new();
        };
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
        let id = self.tenant_id.as_deref();
        id.filter(|_| self.family != Family::B2c && !self.danger_accept_any_tenant)
    }

    /// The issuers [without and with the policy](https://learn.microsoft.com/azure/active-directory-b2c/tokens-overview#compatibility). B2C writes the
    /// policy as it was created or in lower case.
    fn b2c_issuers(&self, id: &str) -> Vec<String> {
        let host = self.tenant.as_ref().and_then(|it| self.b2c_host(it));
        let Some((host, policy)) = host.zip(self.policy.as_ref()) else {
            return Vec::new();
        };
        let mut issuers = vec![format!("https://{host}/{id}/v2.0/")];
        let mut policies = vec![policy.to_ascii_lowercase(), policy.clone()];
        policies.dedup();
        let with_policy = policies.iter();
        issuers.extend(with_policy.map(|policy| format!("https://{host}/tfp/{id}/{policy}/v2.0/")));
        issuers
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::AuthoritySettings;

    const ID: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

    /// The bug: a tenant that was written as the portal shows it had issuers that no token has.
    #[test]
    fn the_host_of_an_issuer_is_in_lower_case() {
        let settings = AuthoritySettings {
            tenant_id: Some(ID.into()),
            ..AuthoritySettings::tenant_policy("ContosoB2C", "B2C_1_In")
        };
        let host = "https://contosob2c.b2clogin.com";
        assert_eq!(
            settings.known_issuers(),
            [
                format!("{host}/{ID}/v2.0/"),
                format!("{host}/tfp/{ID}/b2c_1_in/v2.0/"),
                format!("{host}/tfp/{ID}/B2C_1_In/v2.0/"),
            ]
        );
    }
}
