//! Authorities in code: the values that the layer's builder takes.

use std::marker::PhantomData;

use super::{AuthoritySettings, Cloud, Family, InlineKey};

/// A builder for an authority, which [`B2cAuthBuilder::authority`](crate::B2cAuthBuilder::authority) takes.
///
/// [`b2c`], [`external_id`], [`entra_id`], [`from_metadata`], [`from_keys`] and [`from_jwks`] make one. Its settings apply to it alone, so two tenants
/// cannot be mixed up. The type parameter says which kind it is, so a method that makes no sense for it does not compile. Nothing else is checked until the
/// layer is built.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, b2c, external_id};
///
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_signupsignin1").policy("B2C_1A_mfa"))
///     .authority(external_id("contoso-ext", "ccccdddd-2222-eeee-3333-ffff4444aaaa").audience("external-api-id"))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .build()?;
/// // One authority for each policy.
/// assert_eq!(auth.settings().authorities.len(), 3);
///
/// let error = B2cAuthLayer::builder().authority(b2c("contoso").policy("signupsignin1")).audience("api").build().unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "authorities[0].policy");
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an authority does nothing until it is given to the builder"]
pub struct AuthorityBuilder<F> {
    settings: AuthoritySettings,
    policies: Vec<String>,
    family: PhantomData<fn() -> F>,
}

/// Marks the [`AuthorityBuilder`] that [`b2c`] returns.
///
/// Name it where a function of your own takes or returns such a builder:
///
/// ```
/// use tower_b2c_auth::{AuthorityBuilder, B2cTenant, b2c};
///
/// fn with_our_policies(tenant: AuthorityBuilder<B2cTenant>) -> AuthorityBuilder<B2cTenant> {
///     tenant.policy("B2C_1_signupsignin1").policy("B2C_1A_mfa")
/// }
/// let contoso = with_our_policies(b2c("contoso"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum B2cTenant {}

/// Marks the [`AuthorityBuilder`] that [`external_id`] and [`entra_id`] return.
///
/// ```
/// use tower_b2c_auth::{AuthorityBuilder, EntraTenant, entra_id};
///
/// fn in_the_governments_cloud(tenant: AuthorityBuilder<EntraTenant>) -> AuthorityBuilder<EntraTenant> {
///     tenant.us_government().on_demand()
/// }
/// let agency = in_the_governments_cloud(entra_id("aaaabbbb-0000-cccc-1111-dddd2222eeee"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntraTenant {}

/// Marks the [`AuthorityBuilder`] that [`from_metadata`] returns.
///
/// ```
/// use tower_b2c_auth::{AuthorityBuilder, Metadata, from_metadata};
///
/// fn at(host: &str) -> AuthorityBuilder<Metadata> {
///     from_metadata(format!("https://{host}/.well-known/openid-configuration")).keys_host(format!("keys.{host}"))
/// }
/// let authority = at("login.contoso.com");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metadata {}

/// Marks the [`AuthorityBuilder`] that [`from_keys`] and [`from_jwks`] return.
///
/// ```
/// use tower_b2c_auth::{AuthorityBuilder, InlineKeys, from_jwks};
///
/// fn for_tests(jwks: &str) -> AuthorityBuilder<InlineKeys> {
///     from_jwks("https://issuer.example/", jwks).name("tests")
/// }
/// let authority = for_tests(r#"{"keys": []}"#);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InlineKeys {}

/// An Azure AD B2C tenant, identified by the first part of its domain: `contoso` for `contoso.onmicrosoft.com`. It needs at least one
/// [`policy`](AuthorityBuilder::policy).
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, b2c};
///
/// let layer = |authority| B2cAuthLayer::builder().authority(authority).audience("00001111-aaaa-2222-bbbb-3333cccc4444").build();
/// assert!(layer(b2c("contoso").policy("B2C_1_signupsignin1")).is_ok());
/// assert!(layer(b2c("contoso").policy("B2C_1_signupsignin1").custom_domain("login.contoso.com")).is_ok());
///
/// let error = layer(b2c("contoso")).unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "authorities[0].policy");
/// ```
pub fn b2c(tenant: impl Into<String>) -> AuthorityBuilder<B2cTenant> {
    AuthorityBuilder::new(AuthoritySettings {
        tenant: Some(tenant.into()),
        ..AuthoritySettings::default()
    })
}

/// An Entra External ID tenant, identified by its subdomain (`contoso` for `contoso.ciamlogin.com`) and by the tenant's id, a GUID in lower case.
///
/// Its issuer is `https://<tenant id>.ciamlogin.com/<tenant id>/v2.0`. User flows belong to the application there, so there is no policy to name.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, external_id};
///
/// let layer = |id: &str| B2cAuthLayer::builder().authority(external_id("contoso", id)).audience("00001111-aaaa-2222-bbbb-3333cccc4444").build();
/// assert!(layer("ccccdddd-2222-eeee-3333-ffff4444aaaa").is_ok());
///
/// let error = layer("contoso.onmicrosoft.com").unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "authorities[0].tenant_id");
/// ```
pub fn external_id(
    subdomain: impl Into<String>,
    tenant_id: impl Into<String>,
) -> AuthorityBuilder<EntraTenant> {
    AuthorityBuilder::new(AuthoritySettings {
        family: Family::ExternalId,
        tenant: Some(subdomain.into()),
        tenant_id: Some(tenant_id.into()),
        ..AuthoritySettings::default()
    })
}

/// One Entra ID tenant, identified by its id, with tokens of versions 2.0 and 1.0: their issuers differ, but Entra ID signs both with the same keys.
///
/// An audience that is an application id also stands for `api://<id>`, which version 1.0 tokens carry:
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, entra_id};
///
/// let layer = |tenant_id: &str| {
///     B2cAuthLayer::builder()
///         .authority(entra_id(tenant_id))
///         .authority(entra_id("bbbbcccc-1111-dddd-2222-eeee3333ffff").us_government())
///         .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///         .build()
/// };
/// assert!(layer("aaaabbbb-0000-cccc-1111-dddd2222eeee").is_ok());
/// // The issuers contain the id, so a domain is not enough, and neither is `common`.
/// assert_eq!(layer("contoso.com").unwrap_err().mistakes()[0].field, "authorities[0].tenant_id");
/// assert_eq!(layer("common").unwrap_err().mistakes()[0].field, "authorities[0].tenant_id");
/// ```
///
/// For an application that many tenants use, name each one: [`entra_id_tenants`] takes their ids. The metadata of `organizations` and `common` has no issuer,
/// only a template that any tenant in the world fits; only with [`danger_accept_any_tenant`](AuthorityBuilder::danger_accept_any_tenant) are these names taken
/// instead of an id.
pub fn entra_id(tenant_id: impl Into<String>) -> AuthorityBuilder<EntraTenant> {
    AuthorityBuilder::new(AuthoritySettings {
        family: Family::EntraId,
        tenant_id: Some(tenant_id.into()),
        ..AuthoritySettings::default()
    })
}

/// Several Entra ID tenants, identified by their ids, for an application that many tenants use: one [`entra_id`] for each.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, entra_id_tenants};
///
/// let customers = ["aaaabbbb-0000-cccc-1111-dddd2222eeee", "bbbbcccc-1111-dddd-2222-eeee3333ffff"];
/// let auth = B2cAuthLayer::builder()
///     .authority(entra_id_tenants(customers))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .build()?;
/// assert_eq!(auth.settings().authorities.len(), 2);
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
#[must_use]
pub fn entra_id_tenants(
    tenant_ids: impl IntoIterator<Item = impl Into<String>>,
) -> Vec<AuthoritySettings> {
    let tenants = tenant_ids.into_iter().map(entra_id);
    tenants.flat_map(Vec::<AuthoritySettings>::from).collect()
}

/// An authority identified by the URL of its OpenID Connect metadata: https, or http on a loopback address.
///
/// The metadata may name any issuer on its own host, unless [`metadata_issuer`](AuthorityBuilder::metadata_issuer) says which one. The keys must be on the
/// same host too, or on the [`keys_host`](AuthorityBuilder::keys_host).
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, from_metadata};
///
/// let layer = |url: &str| B2cAuthLayer::builder().authority(from_metadata(url)).audience("00001111-aaaa-2222-bbbb-3333cccc4444").build();
/// assert!(layer("https://login.contoso.com/contoso.onmicrosoft.com/B2C_1_a/v2.0/.well-known/openid-configuration").is_ok());
///
/// let error = layer("http://login.contoso.com/").unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "authorities[0].openid_config");
/// ```
pub fn from_metadata(url: impl Into<String>) -> AuthorityBuilder<Metadata> {
    AuthorityBuilder::new(AuthoritySettings::openid_config(url))
}

/// An issuer with the keys given here. Nothing is fetched, so a key that the issuer has retired stays in use until the settings change.
///
/// ```
/// use base64::{Engine as _, engine::general_purpose::STANDARD};
/// use tower_b2c_auth::{B2cAuthLayer, InlineKey, from_keys};
///
/// let layer = |secret: &[u8]| {
///     let key = InlineKey { secret: Some(STANDARD.encode(secret).into()), ..InlineKey::default() };
///     B2cAuthLayer::builder().authority(from_keys("https://issuer.example/", [key])).audience("api").build()
/// };
/// assert!(layer(&[7; 32]).is_ok());
///
/// // RFC 7518 §3.2: an HMAC key as long as the hash, or longer.
/// let error = layer(b"too short").unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "authorities[0].keys[0]");
/// ```
pub fn from_keys(
    issuer: impl Into<String>,
    keys: impl IntoIterator<Item = InlineKey>,
) -> AuthorityBuilder<InlineKeys> {
    AuthorityBuilder::new(AuthoritySettings {
        issuers: vec![issuer.into()],
        keys: keys.into_iter().collect(),
        ..AuthoritySettings::default()
    })
}

/// An issuer with the keys of a JWK Set (RFC 7517 §5) as JSON text. Nothing is fetched, so a key that the issuer has retired stays in use until the settings
/// change.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, from_jwks};
///
/// let layer = |document: &str| B2cAuthLayer::builder().authority(from_jwks("https://issuer.example/", document)).audience("api").build();
/// let error = layer("not JSON").unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "authorities[0].jwks");
/// ```
pub fn from_jwks(
    issuer: impl Into<String>,
    document: impl Into<String>,
) -> AuthorityBuilder<InlineKeys> {
    AuthorityBuilder::new(AuthoritySettings {
        issuers: vec![issuer.into()],
        jwks: Some(document.into()),
        ..AuthoritySettings::default()
    })
}

impl<F> AuthorityBuilder<F> {
    fn new(settings: AuthoritySettings) -> Self {
        Self {
            settings,
            policies: Vec::new(),
            family: PhantomData,
        }
    }

    /// Sets the name in logs, reports and health, instead of the default one. With several policies, each gets `name/policy`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// Accepts this value of `aud`, instead of the [common ones](crate::B2cAuthBuilder::audience). Call it once for each value.
    ///
    /// It replaces the common audiences rather than adding to them. Use it when the API is registered separately in each tenant, as during a
    /// [migration](crate::migration) to External ID.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.audiences.push(audience.into());
        self
    }

    /// Accepts only tokens that were issued to this client application, by its id in `azp`, else `appid`. Call it once for each application. Without it, any
    /// application's tokens are accepted.
    ///
    /// A token that was issued to another application is refused with 401 and the reason `foreign_client`. For single routes, use the requirement
    /// [`client`](crate::client), which answers with 403.
    pub fn client(mut self, id: impl Into<String>) -> Self {
        self.settings.clients.push(id.into());
        self
    }

    /// Accepts this issuer with the authority's keys, in addition to its own issuer. It is compared byte for byte, including a trailing slash.
    ///
    /// The issuer's tokens must be signed with keys that this authority publishes. An issuer with keys of its own needs an authority of its own.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let layer = |issuer: &str| {
    ///     B2cAuthLayer::builder()
    ///         .authority(b2c("contoso").policy("B2C_1_signupsignin1").issuer(issuer))
    ///         .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
    ///         .build()
    /// };
    /// assert!(layer("https://login.contoso.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/").is_ok());
    /// assert_eq!(layer("login.contoso.com").unwrap_err().mistakes()[0].field, "authorities[0].issuers");
    /// ```
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.settings.issuers.push(issuer.into());
        self
    }

    /// Marks the authority and all its issuers as legacy; see [`MigrationSettings`](crate::MigrationSettings).
    ///
    /// Its tokens follow the [stage](crate::migration::Stage) of the migration, which must be set. Nothing else about the authority changes: its keys are
    /// fetched, and readiness waits for it, until it is removed from the settings.
    pub fn legacy(mut self) -> Self {
        self.settings.legacy = true;
        self
    }

    /// Accepts tokens for any audience. Dangerous; see [`AuthoritySettings::danger_accept_any_audience`].
    pub fn danger_accept_any_audience(mut self) -> Self {
        self.settings.danger_accept_any_audience = true;
        self
    }

    /// Fetches the keys when its first token arrives, instead of at startup; see [`AuthoritySettings::on_demand`].
    ///
    /// Use it for many tenants of which few are active at a time. The first token after an idle time longer than
    /// [`refresh_interval`](crate::KeySettings::refresh_interval) waits for a fetch.
    pub fn on_demand(mut self) -> Self {
        self.settings.on_demand = true;
        self
    }

    /// Makes readiness independent of this authority; see [`AuthoritySettings::optional`].
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let contoso = || b2c("contoso").policy("B2C_1_a");
    /// let fabrikam = || b2c("fabrikam").policy("B2C_1_b");
    /// let layer = B2cAuthLayer::builder().authority(contoso().on_demand()).authority(fabrikam()).audience("api").build()?;
    /// // Nothing has been fetched yet, and readiness waits for fabrikam.
    /// assert!(!layer.health().is_ready());
    ///
    /// let layer = B2cAuthLayer::builder().authority(contoso().on_demand()).authority(fabrikam().optional()).audience("api").build()?;
    /// assert!(layer.health().authorities()[1].optional);
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    pub fn optional(mut self) -> Self {
        self.settings.optional = true;
        self
    }
}

impl AuthorityBuilder<B2cTenant> {
    /// Accepts tokens signed with the keys of this user flow or custom policy. Call it once for each policy of the tenant: user flows and custom policies
    /// have different keys.
    ///
    /// All policies of a tenant have the same issuer, and user flows the same key. To open a route only to tokens from one policy, use the requirement
    /// [`policy`](crate::policy).
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let layer = |policy: &str| {
    ///     B2cAuthLayer::builder()
    ///         .authority(b2c("contoso").policy("B2C_1_signupsignin1").policy(policy))
    ///         .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
    ///         .build()
    /// };
    /// let auth = layer("B2C_1A_signup_signin")?;
    /// let names: Vec<_> = auth.health().authorities().iter().map(|it| it.authority.clone()).collect();
    /// assert_eq!(names, ["contoso/B2C_1_signupsignin1", "contoso/B2C_1A_signup_signin"]);
    ///
    /// assert_eq!(layer("signin").unwrap_err().mistakes()[0].field, "authorities[1].policy");
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    pub fn policy(mut self, name: impl Into<String>) -> Self {
        self.policies.push(name.into());
        self
    }

    /// Sets the tenant's id, a GUID. The metadata must then name the issuer that follows from it. It is needed if many tenants are
    /// [on demand](Self::on_demand); see [`AuthoritySettings::on_demand`].
    pub fn tenant_id(mut self, id: impl Into<String>) -> Self {
        self.settings.tenant_id = Some(id.into());
        self
    }

    /// Sets the host where the tenant's tokens are issued, if it is not `<tenant>.b2clogin.com`.
    ///
    /// Both the metadata and the issuer have this host then. Tokens that `<tenant>.b2clogin.com` still issues are refused unless that issuer is accepted
    /// too; see [`presets::to_custom_domain`](crate::migration::presets::to_custom_domain).
    pub fn custom_domain(mut self, host: impl Into<String>) -> Self {
        self.settings.custom_domain = Some(host.into());
        self
    }
}

impl AuthorityBuilder<B2cTenant> {
    /// Puts the tenant in the cloud operated by 21Vianet: `<tenant>.b2clogin.cn`.
    pub fn china(mut self) -> Self {
        self.settings.cloud = Cloud::China;
        self
    }
}

impl AuthorityBuilder<EntraTenant> {
    /// Puts the tenant in the cloud operated by 21Vianet; see [`Cloud`]. External ID has no known host there.
    pub fn china(mut self) -> Self {
        self.settings.cloud = Cloud::China;
        self
    }

    /// Puts the tenant in Azure Government; see [`Cloud`]. External ID has no known host there.
    pub fn us_government(mut self) -> Self {
        self.settings.cloud = Cloud::UsGovernment;
        self
    }
}

impl AuthorityBuilder<EntraTenant> {
    /// Accepts the tokens of any Entra ID tenant. Dangerous: anybody can create a tenant; see [`AuthoritySettings::danger_accept_any_tenant`].
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, entra_id};
    ///
    /// let layer = |authority| B2cAuthLayer::builder().authority(authority).audience("00001111-aaaa-2222-bbbb-3333cccc4444").build();
    /// assert!(layer(entra_id("organizations").danger_accept_any_tenant()).is_ok());
    /// // Personal Microsoft accounts too.
    /// assert!(layer(entra_id("common").danger_accept_any_tenant()).is_ok());
    ///
    /// let error = layer(entra_id("organizations")).unwrap_err();
    /// assert_eq!(error.mistakes()[0].field, "authorities[0].tenant_id");
    /// let error = layer(entra_id("aaaabbbb-0000-cccc-1111-dddd2222eeee").danger_accept_any_tenant()).unwrap_err();
    /// assert_eq!(error.mistakes()[0].field, "authorities[0].tenant_id");
    /// ```
    pub fn danger_accept_any_tenant(mut self) -> Self {
        self.settings.danger_accept_any_tenant = true;
        self
    }
}

impl AuthorityBuilder<Metadata> {
    /// Sets the issuer that the metadata must name; any other is refused. It is needed if many authorities are [on demand](Self::on_demand); see
    /// [`AuthoritySettings::on_demand`].
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, from_metadata};
    ///
    /// let layer = |issuer: &str| {
    ///     B2cAuthLayer::builder()
    ///         .authority(from_metadata("https://id.example/.well-known/openid-configuration").metadata_issuer(issuer))
    ///         .audience("tasks-api")
    ///         .build()
    /// };
    /// assert!(layer("https://id.example/tenant/").is_ok());
    /// // A template stands for many tenants.
    /// assert_eq!(layer("https://id.example/{tenantid}/").unwrap_err().mistakes()[0].field, "authorities[0].metadata_issuer");
    /// ```
    pub fn metadata_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.settings.metadata_issuer = Some(issuer.into());
        self
    }

    /// Allows the metadata to name this host for the keys, in addition to its own. Include the port if it is not the scheme's default.
    pub fn keys_host(mut self, host: impl Into<String>) -> Self {
        self.settings.keys_host = Some(host.into());
        self
    }
}

/// One for each policy.
impl<F> From<AuthorityBuilder<F>> for Vec<AuthoritySettings> {
    fn from(builder: AuthorityBuilder<F>) -> Self {
        let AuthorityBuilder {
            settings, policies, ..
        } = builder;
        if policies.is_empty() {
            return vec![settings];
        }
        let several = policies.len() > 1;
        let of_policy = |policy: String| AuthoritySettings {
            name: match &settings.name {
                Some(name) if several => Some(format!("{name}/{policy}")),
                name => name.clone(),
            },
            policy: Some(policy),
            ..settings.clone()
        };
        policies.into_iter().map(of_policy).collect()
    }
}

impl From<AuthoritySettings> for Vec<AuthoritySettings> {
    fn from(settings: AuthoritySettings) -> Self {
        vec![settings]
    }
}
