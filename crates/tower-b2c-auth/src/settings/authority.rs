//! An issuer of tokens, and where its keys are.

use serde::{Deserialize, Serialize};

use super::{Cloud, Family, InlineKey, one_or_many::one_or_many, top_level::is_default};

/// One authority: a metadata URL, the keys behind it, and the issuers whose tokens they may sign.
///
/// Give one of these:
///
/// 1. the fields that the [`family`](Self::family) needs, from which the metadata URL follows: `tenant` and `policy` for B2C;
/// 2. `openid_config`, the metadata URL itself;
/// 3. `jwks` or `keys`, with `issuers`: keys that never change and are never fetched. A `jwks` may also stand beside `openid_config`; its keys then count in
///    addition to the fetched ones.
///
/// In code, [`b2c`](crate::b2c) and similar functions make one.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, Settings};
///
/// let read = |authority: &str| Settings::from_toml(&format!("audiences = 'api'\n[[authorities]]\n{authority}"));
/// let good = read("tenant = 'contoso'\npolicy = 'B2C_1_signupsignin1'")?;
/// assert_eq!(good.authorities[0].tenant.as_deref(), Some("contoso"));
/// assert!(B2cAuthLayer::from_settings(good).is_ok());
///
/// let both = read("tenant = 'contoso'\npolicy = 'B2C_1_signupsignin1'\nopenid_config = 'https://contoso.b2clogin.com/x'")?;
/// let error = B2cAuthLayer::from_settings(both).unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "authorities[0].openid_config");
/// # Ok::<(), tower_b2c_auth::ParseError>(())
/// ```
///
/// # What follows from a family
///
/// | family | metadata | issuer |
/// |---|---|---|
/// | `b2c` | `https://<tenant>.b2clogin.com/<tenant>.onmicrosoft.com/<policy>/v2.0/.well-known/openid-configuration`, or at `custom_domain` | as the metadata names it; with `tenant_id`, it must be `https://<host>/<tenant id>/v2.0/` or `https://<host>/tfp/<tenant id>/<policy>/v2.0/` |
/// | `external_id` | `https://<tenant>.ciamlogin.com/<tenant id>/v2.0/.well-known/openid-configuration` | `https://<tenant id>.ciamlogin.com/<tenant id>/v2.0` |
/// | `entra_id` | `https://login.microsoftonline.com/<tenant id>/v2.0/.well-known/openid-configuration` | `https://login.microsoftonline.com/<tenant id>/v2.0` and `https://sts.windows.net/<tenant id>/` |
///
/// The hosts are those of the global cloud; [`Cloud`] has the others. An External ID tenant with a custom domain, and any other identity provider, needs
/// `openid_config` and, if its issuer has another host than its metadata, `metadata_issuer` or `issuers`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthoritySettings {
    /// The authority's name in logs, reports and [`forgotten_keys`](super::Settings::forgotten_keys). By default it is `tenant/policy`, the tenant of
    /// External ID, the tenant id of Entra ID, the metadata URL, or `inline keys`. If another authority already has that name, a number follows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which service issues the tokens: `b2c` (the default), `external_id` or `entra_id`.
    #[serde(skip_serializing_if = "is_default")]
    pub family: Family,
    /// Which of Microsoft's clouds it is in: `global` (the default), `china` or `us_government`. For a service without a known host there, such as External
    /// ID in a national cloud, use [`openid_config`](Self::openid_config) and [`issuers`](Self::issuers).
    #[serde(skip_serializing_if = "is_default")]
    pub cloud: Cloud,
    /// The URL of the OpenID Connect metadata (RFC 8414), with the policy in the path or in the query `p`, as B2C allows both. It must be https, or http on
    /// a loopback address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openid_config: Option<String>,
    /// The first part of the tenant's domain: `contoso` for `contoso.onmicrosoft.com` or `contoso.ciamlogin.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The tenant's id, a GUID: for Entra External ID and Entra ID, whose issuers follow from it. For Entra ID with
    /// [`danger_accept_any_tenant`](Self::danger_accept_any_tenant), `organizations` or `common`. For B2C it is optional; if it is set, the metadata must
    /// name one of the issuers that follow from the tenant, the id and the policy, or one of `issuers`. It is needed if many B2C tenants are [on
    /// demand](Self::on_demand).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// The user flow (`B2C_1_…`) or custom policy (`B2C_1A_…`), in upper or lower case. If `tenant_id` is set and the tenant's issuer contains the policy,
    /// write the policy as it was created: the issuer has either that spelling or lower case.
    ///
    /// It says where the metadata is, and does not restrict tokens: those from another policy with the same issuer and key are accepted too. To accept only
    /// some policies, use [`RouteSettings::policies`](super::RouteSettings::policies) or the requirement [`policy`](crate::policy).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The host of the tenant's custom domain, if its tokens are issued there instead of `b2clogin.com`: in lower case, without scheme and port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_domain: Option<String>,
    /// Issuers accepted with this authority's keys in addition to the one its metadata names. They are compared byte for byte, including a trailing slash,
    /// and must be URLs unless the authority has inline keys.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "one_or_many")]
    pub issuers: Vec<String>,
    /// The issuer that the metadata must name, if it does not follow from the tenant; any other is refused unless `issuers` lists it. If neither this nor
    /// the tenant gives an issuer, the metadata may name any issuer on its own host or, if that is a host of External ID or Entra ID, any issuer on that
    /// service's hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_issuer: Option<String>,
    /// Audiences for this authority alone, instead of the common [`audiences`](super::Settings::audiences). For Entra ID, an application id also stands for
    /// `api://<id>`, which version 1.0 tokens carry.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "one_or_many")]
    pub audiences: Vec<String>,
    /// The client applications whose tokens are accepted, identified by their ids in `azp`, else `appid`; any by default. If only known applications may
    /// call an API, Microsoft advises the API to [check the
    /// caller](https://learn.microsoft.com/entra/identity-platform/claims-validation#validate-the-actor).
    #[serde(skip_serializing_if = "is_default", deserialize_with = "one_or_many")]
    pub clients: Vec<String>,
    /// A host that the metadata may name for the keys, in addition to the metadata's own host. Include its port if it is not the scheme's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys_host: Option<String>,
    /// A JWK Set (RFC 7517) as JSON text: keys that are used without any fetch. Needs `issuers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<String>,
    /// Keys listed one by one, which are used without any fetch. They need `issuers`, and cannot be combined with metadata. Secrets for HS256, HS384 and
    /// HS512 are possible only here, and may sign only tokens from these `issuers`.
    #[serde(skip_serializing_if = "is_default")]
    pub keys: Vec<InlineKey>,
    /// Accepts this authority's tokens for any audience. Dangerous: it also accepts tokens given to any other application of the tenant (RFC 8725 §3.9). It
    /// exists because a `<validate-jwt>` without `<audiences>` means this.
    #[serde(skip_serializing_if = "is_default")]
    pub danger_accept_any_audience: bool,
    /// Accepts tokens of any Entra ID tenant, if `family` is `entra_id` and [`tenant_id`](Self::tenant_id) is `organizations`, or `common` for personal
    /// Microsoft accounts too. Dangerous: anybody can create a tenant, and in it users with any name and email address. The service itself must find out
    /// whether it knows the tenant, which is `claims.text("tid")`. If you know the tenants beforehand, use [`entra_id_tenants`](crate::entra_id_tenants).
    ///
    /// 1. `iss` must be the cloud's issuer of version 2.0 or 1.0 with the tenant's id, and `tid` must be that id.
    /// 2. A key whose JWK names one tenant in `issuer`, such as the key for personal accounts, signs for that tenant only.
    /// 3. If another authority has either of a tenant's two issuers, the tenant belongs to that authority alone, until that authority is removed. So every
    ///    other authority whose metadata is at one of Entra ID's hosts in this cloud must name its issuer beforehand, with [`tenant_id`](Self::tenant_id) or
    ///    [`metadata_issuer`](Self::metadata_issuer).
    /// 4. A [source of tenants](crate::TenantSource) is not asked about these issuers.
    /// 5. The [migration report](crate::B2cAuthLayer::migration_report) counts the tokens of all these tenants in one row for each audience, whatever the
    ///    client. The authority cannot be `legacy`, cannot have other issuers, and needs audiences or [`clients`](Self::clients).
    #[serde(skip_serializing_if = "is_default")]
    pub danger_accept_any_tenant: bool,
    /// Whether this authority and all its issuers are legacy; see [`MigrationSettings`](super::MigrationSettings). No by default.
    #[serde(skip_serializing_if = "is_default")]
    pub legacy: bool,
    /// Fetches the keys when the authority's first token arrives, instead of with the layer's first request. They are then not refreshed while no tokens
    /// arrive: keys older than [`refresh_interval`](super::KeySettings::refresh_interval) are fetched again before the next token is accepted, and a key
    /// that has vanished by then is not accepted even once. If that fetch fails, known keys stay in use for up to
    /// [`max_stale`](super::KeySettings::max_stale). Readiness does not wait for such an authority.
    ///
    /// All but 16 such authorities must have an issuer that is known without the metadata, from [`tenant_id`](Self::tenant_id) or
    /// [`metadata_issuer`](Self::metadata_issuer). Otherwise a token from an unknown issuer would cause a fetch at each of them.
    #[serde(skip_serializing_if = "is_default")]
    pub on_demand: bool,
    /// Makes readiness independent of this authority, if there are others that are neither optional nor on demand, so that one mistyped tenant among many
    /// does not keep the service from serving the others. See [`Health::is_complete`](crate::Health::is_complete).
    #[serde(skip_serializing_if = "is_default")]
    pub optional: bool,
}

impl AuthoritySettings {
    /// An authority identified by its metadata URL; see [`openid_config`](Self::openid_config).
    pub fn openid_config(url: impl Into<String>) -> Self {
        Self {
            openid_config: Some(url.into()),
            ..Self::default()
        }
    }

    /// A B2C authority identified by its [`tenant`](Self::tenant) and [`policy`](Self::policy).
    pub fn tenant_policy(tenant: impl Into<String>, policy: impl Into<String>) -> Self {
        Self {
            tenant: Some(tenant.into()),
            policy: Some(policy.into()),
            ..Self::default()
        }
    }

    /// Whether it has inline keys.
    pub(crate) fn is_inline(&self) -> bool {
        self.jwks.is_some() || !self.keys.is_empty()
    }
}
