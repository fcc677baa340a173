//! Who issues tokens, and where its keys are.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{error::Mistakes, inline_key::InlineKey};

/// One authority: a metadata URL, the keys behind it, and the issuers that may be signed with them.
///
/// Give either `openid_config`, or `tenant` and `policy` from which the URL follows, or `jwks` or `keys` for keys that never change and are
/// never fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthoritySettings {
    /// The URL of the OpenID Connect metadata, in any of B2C's forms. https, or http on a loopback address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openid_config: Option<String>,
    /// The first part of the tenant's domain: `contoso` for `contoso.onmicrosoft.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The user flow or custom policy: `B2C_1_…` or `B2C_1A_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The host of the tenant's custom domain, if its tokens are issued there instead of `b2clogin.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_domain: Option<String>,
    /// Issuers accepted with this authority's keys besides the one its metadata names; compared byte for byte, the slash at the end
    /// included. URLs, unless all its keys are inline.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issuers: Vec<String>,
    /// Audiences of this authority alone, instead of the common [`audiences`](super::Settings::audiences).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// A host, with its port if it is not the scheme's own, that the metadata may name for the keys besides the metadata's own host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys_host: Option<String>,
    /// A JWK Set (RFC 7517) as JSON text: keys that are used without any fetch. Needs `issuers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<String>,
    /// Keys written down one by one, which are used without any fetch. They need `issuers`, and cannot be combined with metadata: an
    /// authority is one set of keys. Secrets for HS256, HS384 and HS512 exist only here, and only tokens of these `issuers` may be signed
    /// with them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<InlineKey>,
    /// Accepts a token of these issuers whoever it is for, instead of demanding an audience. Dangerous: what any other application of the
    /// tenant was given is accepted too (RFC 8725 §3.9). It exists because a `<validate-jwt>` without `<audiences>` means this.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub danger_accept_any_audience: bool,
    /// Whether everything this authority issues is to go; see [`MigrationSettings`](super::MigrationSettings).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub legacy: bool,
}

impl AuthoritySettings {
    /// An authority by its metadata URL.
    pub fn openid_config(url: impl Into<String>) -> Self {
        Self {
            openid_config: Some(url.into()),
            ..Self::default()
        }
    }

    /// An authority by the names of its tenant and policy.
    pub fn tenant_policy(tenant: impl Into<String>, policy: impl Into<String>) -> Self {
        Self {
            tenant: Some(tenant.into()),
            policy: Some(policy.into()),
            ..Self::default()
        }
    }

    /// Whether its keys are all given here, so that nothing is fetched.
    pub(super) fn is_inline(&self) -> bool {
        self.jwks.is_some() || !self.keys.is_empty()
    }

    /// The metadata URL; none if the keys are given inline, or if there is a mistake.
    pub(super) fn metadata_url(&self, field: &str, mistakes: &mut Mistakes) -> Option<Url> {
        match (&self.openid_config, &self.tenant, &self.policy) {
            (Some(text), None, None) => {
                if let Some(domain) = &self.custom_domain {
                    mistakes.add(format!("{field}.custom_domain"), domain, "goes with tenant and policy, not with openid_config; put the host into the URL");
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
                        "names nobody; give openid_config, or tenant and policy",
                    );
                }
                None
            }
            (Some(text), ..) => {
                mistakes.add(
                    format!("{field}.openid_config"),
                    text,
                    "cannot be combined with tenant or policy; give one of the two",
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

/// An https URL, or an http URL of a loopback address, without credentials and fragment.
pub(crate) fn fetchable_url(text: &str) -> Result<Url, &'static str> {
    let url =
        Url::parse(text).map_err(|_| "is not a URL; write it in full, starting with https://")?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("must have neither user name, password nor fragment");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(
            "must start with https://; http is only for loopback addresses, where nobody can listen in",
        ),
        _ => Err("must start with https://"),
    }
}

/// An issuer as B2C writes it: an absolute URL that is compared as text.
pub(crate) fn issuer_url(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text).map_err(|_| {
        "is not an issuer; write the whole URL as it stands in the metadata, such as \"https://contoso.b2clogin.com/<tenant id>/v2.0/\""
    })?;
    if matches!(url.scheme(), "https" | "http") && url.has_host() {
        Ok(())
    } else {
        Err("must start with https:// as it stands in the metadata; it is compared byte for byte")
    }
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// One label of a host name.
fn tenant_name(name: &str) -> Result<&str, &'static str> {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if (1..=MAX_TENANT_NAME).contains(&name.len())
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
    {
        Ok(name)
    } else {
        Err(
            "is not a tenant name; write only the first part of the domain, \"contoso\" for contoso.onmicrosoft.com",
        )
    }
}

/// A policy as B2C names them, in any case: its URLs do not distinguish case.
fn policy_name(name: &str) -> Result<&str, &'static str> {
    let lower = name.to_ascii_lowercase();
    let rest = lower
        .strip_prefix("b2c_1_")
        .or_else(|| lower.strip_prefix("b2c_1a_"));
    match rest {
        Some(rest)
            if !rest.is_empty()
                && rest
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) =>
        {
            Ok(name)
        }
        _ => Err(
            "is not a policy name; it starts with B2C_1_ (user flow) or B2C_1A_ (custom policy), such as \"B2C_1_signupsignin1\"",
        ),
    }
}

fn host_name(name: &str) -> Result<&str, &'static str> {
    match url::Host::parse(name) {
        Ok(url::Host::Domain(domain)) if domain == name && name.contains('.') => Ok(name),
        _ => Err(
            "is not a host name; write it in lower case without scheme and path, such as \"login.contoso.com\"",
        ),
    }
}

const MAX_TENANT_NAME: usize = 63;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_can_be_fetched() {
        for good in [
            "https://contoso.b2clogin.com/x",
            "http://127.0.0.1:8080/x",
            "http://[::1]/x",
            "http://localhost/x",
        ] {
            assert!(fetchable_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://contoso.b2clogin.com/x",
            "ftp://127.0.0.1/x",
            "contoso",
            "https://u:p@contoso.com/",
            "http://127.0.0.1.nip.io/",
            "http://localhost.example/",
        ] {
            assert!(fetchable_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_names() {
        for bad in [
            "",
            "contoso.onmicrosoft.com",
            "https://contoso",
            "con toso",
            "-contoso",
            "a/b",
            "a?b",
        ] {
            assert!(tenant_name(bad).is_err(), "{bad}");
        }
        for bad in [
            "",
            "signin",
            "B2C_1_",
            "B2C_2_x",
            "B2C_1_a/b",
            "B2C_1_a?p=b",
            "B2C_1_ä",
        ] {
            assert!(policy_name(bad).is_err(), "{bad}");
        }
        for good in [
            "B2C_1_signupsignin1",
            "b2c_1a_tp_sign-up-or-sign-in",
            "B2C_1A_X.y",
        ] {
            assert!(policy_name(good).is_ok(), "{good}");
        }
    }
}
