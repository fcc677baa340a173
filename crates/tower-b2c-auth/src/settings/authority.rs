//! Who issues tokens, and where its keys are.

use serde::{Deserialize, Serialize};

use super::{Cloud, Family, InlineKey, one_or_many::one_or_many};

/// One authority: a metadata URL, the keys behind it, and the issuers that may be signed with them.
///
/// Give either `openid_config`, or what the [`family`](Self::family) wants, from which the URL follows, or `jwks` or `keys` for keys that never change and are
/// never fetched. In code, [`b2c`](crate::b2c) and its like make one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthoritySettings {
    /// The authority's name in logs, reports and [`forgotten_keys`](super::Settings::forgotten_keys). Without it: `tenant/policy`, the tenant of External ID, the tenant id of Entra ID,
    /// the metadata URL, or `inline keys`; followed by a number if another authority has that name already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which service issues the tokens: `b2c` (the default), `external_id` or `entra_id`.
    #[serde(skip_serializing_if = "is_b2c")]
    pub family: Family,
    /// Which of Microsoft's clouds it is in: `global` (the default), `china` or `us_government`. What it does not know, such as External ID in a national cloud,
    /// can still be said by [`openid_config`](Self::openid_config) and [`issuers`](Self::issuers).
    #[serde(skip_serializing_if = "is_global")]
    pub cloud: Cloud,
    /// The URL of the OpenID Connect metadata, in any of B2C's forms. https, or http on a loopback address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openid_config: Option<String>,
    /// The first part of the tenant's domain: `contoso` for `contoso.onmicrosoft.com` or `contoso.ciamlogin.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The tenant's id, a GUID: for Entra External ID and Entra ID, whose issuers follow from it. For B2C it is optional; with it, the metadata must name the
    /// tenant's issuer as it follows from the tenant, the id and the policy. Many B2C tenants that are [on demand](Self::on_demand) need it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// The user flow or custom policy: `B2C_1_…` or `B2C_1A_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The host of the tenant's custom domain, if its tokens are issued there instead of `b2clogin.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_domain: Option<String>,
    /// Issuers accepted with this authority's keys besides the one its metadata names; compared byte for byte, the slash at the end
    /// included. URLs, unless all its keys are inline.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[serde(deserialize_with = "one_or_many")]
    pub issuers: Vec<String>,
    /// The issuer that the metadata must name, where it does not follow from the tenant: any other is refused. Without either, the metadata may name any issuer
    /// of its own host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_issuer: Option<String>,
    /// Audiences of this authority alone, instead of the common [`audiences`](super::Settings::audiences). For Entra ID, an application id stands for
    /// `api://<id>` too, which version 1.0 tokens have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[serde(deserialize_with = "one_or_many")]
    pub audiences: Vec<String>,
    /// The client applications whose tokens are accepted, by their ids in `azp`, else `appid`; any unless set. Microsoft advises owners of APIs that only known
    /// applications may call to
    /// [check it](https://learn.microsoft.com/entra/identity-platform/claims-validation#validate-the-actor).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[serde(deserialize_with = "one_or_many")]
    pub clients: Vec<String>,
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
    /// Accepts tokens of these issuers for any audience. Dangerous: what any other application of the
    /// tenant was given is accepted too (RFC 8725 §3.9). It exists because a `<validate-jwt>` without `<audiences>` means this.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub danger_accept_any_audience: bool,
    /// Whether every token of this authority is to be retired; see [`MigrationSettings`](super::MigrationSettings).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub legacy: bool,
    /// Fetches the keys for the authority's first token instead of at the start. Then they are not refreshed while no tokens come: keys older than
    /// [`refresh_interval`](super::KeySettings::refresh_interval) are fetched again before the next token is accepted, and a key that has vanished by then is not
    /// accepted even once. If that fetch fails, known keys serve for up to [`max_stale`](super::KeySettings::max_stale). Readiness does not wait for such an authority.
    ///
    /// The issuer of all but 16 such authorities has to be known before the metadata is, from [`tenant_id`](Self::tenant_id) or
    /// [`metadata_issuer`](Self::metadata_issuer). Otherwise a token of an unknown issuer would cause a fetch at each of them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub on_demand: bool,
    /// Readiness does not wait for it, so that one mistyped tenant of many does not keep the service from serving the others. See
    /// [`Health::is_complete`](crate::Health::is_complete).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
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
    pub(crate) fn is_inline(&self) -> bool {
        self.jwks.is_some() || !self.keys.is_empty()
    }
}

fn is_global(cloud: &Cloud) -> bool {
    *cloud == Cloud::Global
}

fn is_b2c(family: &Family) -> bool {
    *family == Family::B2c
}
