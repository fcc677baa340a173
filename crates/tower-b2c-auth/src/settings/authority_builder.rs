//! Authorities as values: what the builder takes.

use std::marker::PhantomData;

use super::{AuthoritySettings, Cloud, Family, InlineKey};

/// An authority in the making; [`B2cAuthBuilder::authority`](crate::B2cAuthBuilder::authority) takes it.
///
/// [`b2c`], [`external_id`], [`entra_id`], [`from_metadata`], [`from_keys`] and [`from_jwks`] make one. What is said of it holds for it alone, so two tenants
/// cannot be mixed up. Nothing is checked before the layer is built.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, b2c, external_id};
///
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_signupsignin1").policy("B2C_1A_mfa"))
///     .authority(external_id("contoso-ext", "ccccdddd-2222-eeee-3333-ffff4444aaaa").audience("external-api-id"))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .build()?;
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an authority does nothing until it is given to the builder"]
pub struct AuthorityBuilder<F> {
    settings: AuthoritySettings,
    policies: Vec<String>,
    family: PhantomData<fn() -> F>,
}

/// The type of what [`b2c`] makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum B2cTenant {}

/// The type of what [`external_id`] and [`entra_id`] make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntraTenant {}

/// The type of what [`from_metadata`] makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metadata {}

/// The type of what [`from_keys`] and [`from_jwks`] make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InlineKeys {}

/// An Azure AD B2C tenant by the first part of its domain: `contoso` for `contoso.onmicrosoft.com`. It needs at least one
/// [`policy`](AuthorityBuilder::policy).
pub fn b2c(tenant: impl Into<String>) -> AuthorityBuilder<B2cTenant> {
    AuthorityBuilder::new(AuthoritySettings {
        tenant: Some(tenant.into()),
        ..AuthoritySettings::default()
    })
}

/// An Entra External ID tenant: `contoso` for `contoso.ciamlogin.com`, and the tenant's id, which its issuer carries.
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

/// One Entra ID tenant by its id, with tokens of version 2.0 and 1.0: their issuers differ, and Entra ID signs both with the same keys.
///
/// An audience that is an application id stands for `api://<id>` too, which tokens of version 1.0 have:
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, entra_id};
///
/// let auth = B2cAuthLayer::builder()
///     .authority(entra_id("aaaabbbb-0000-cccc-1111-dddd2222eeee"))
///     .authority(entra_id("bbbbcccc-1111-dddd-2222-eeee3333ffff").us_government())
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .build()?;
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
///
/// For an application that many tenants use, name each one: the metadata of `organizations` and `common` has no issuer, only a template that any tenant of
/// the world fits. [`entra_id_tenants`] takes their ids.
pub fn entra_id(tenant_id: impl Into<String>) -> AuthorityBuilder<EntraTenant> {
    AuthorityBuilder::new(AuthoritySettings {
        family: Family::EntraId,
        tenant_id: Some(tenant_id.into()),
        ..AuthoritySettings::default()
    })
}

/// Several Entra ID tenants by their ids, for an application that many tenants use: one [`entra_id`] for each.
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

/// An authority by the URL of its OpenID Connect metadata: https, or http on a loopback address.
pub fn from_metadata(url: impl Into<String>) -> AuthorityBuilder<Metadata> {
    AuthorityBuilder::new(AuthoritySettings::openid_config(url))
}

/// An issuer with keys that are written down here. Nothing is fetched.
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

/// An issuer with the keys of a JWK Set (RFC 7517) as JSON text. Nothing is fetched.
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

    /// The name in logs, reports and health, instead of the one that follows from what it is. With several policies, each gets `name/policy`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// Accepts this value of `aud`, instead of the [common ones](crate::B2cAuthBuilder::audience). Call it once for each.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.audiences.push(audience.into());
        self
    }

    /// Accepts tokens that were issued to this client application, and to no other that is not named too. Any client's tokens are accepted if none is named.
    pub fn client(mut self, id: impl Into<String>) -> Self {
        self.settings.clients.push(id.into());
        self
    }

    /// Accepts this issuer with its keys, besides its own. Compared byte for byte, the slash at the end included.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.settings.issuers.push(issuer.into());
        self
    }

    /// Everything it issues is to be retired; see [`MigrationSettings`](crate::MigrationSettings).
    pub fn legacy(mut self) -> Self {
        self.settings.legacy = true;
        self
    }

    /// Accepts tokens for any audience. Dangerous; see [`AuthoritySettings::danger_accept_any_audience`].
    pub fn danger_accept_any_audience(mut self) -> Self {
        self.settings.danger_accept_any_audience = true;
        self
    }

    /// Fetches the keys for its first token instead of at the start; see [`AuthoritySettings::on_demand`].
    pub fn on_demand(mut self) -> Self {
        self.settings.on_demand = true;
        self
    }

    /// Readiness does not wait for it; see [`AuthoritySettings::optional`].
    pub fn optional(mut self) -> Self {
        self.settings.optional = true;
        self
    }
}

impl AuthorityBuilder<B2cTenant> {
    /// Accepts tokens of this user flow's or custom policy's keys. Call it once for each policy of the tenant: user flows and custom policies
    /// have different keys.
    ///
    /// All policies of a tenant have the same issuer, and user flows the same key. To admit a route only to tokens of one policy, use the requirement
    /// [`policy`](crate::policy).
    pub fn policy(mut self, name: impl Into<String>) -> Self {
        self.policies.push(name.into());
        self
    }

    /// The tenant's id, a GUID. The metadata must then name the issuer that follows from it. Many tenants that are [on demand](Self::on_demand) need it; see
    /// [`AuthoritySettings::on_demand`].
    pub fn tenant_id(mut self, id: impl Into<String>) -> Self {
        self.settings.tenant_id = Some(id.into());
        self
    }

    /// The host that the tenant's tokens are issued at, if it is not `<tenant>.b2clogin.com`.
    pub fn custom_domain(mut self, host: impl Into<String>) -> Self {
        self.settings.custom_domain = Some(host.into());
        self
    }
}

impl AuthorityBuilder<B2cTenant> {
    /// In the cloud operated by 21Vianet: `<tenant>.b2clogin.cn`.
    pub fn china(mut self) -> Self {
        self.settings.cloud = Cloud::China;
        self
    }
}

impl AuthorityBuilder<EntraTenant> {
    /// In the cloud operated by 21Vianet; see [`Cloud`].
    pub fn china(mut self) -> Self {
        self.settings.cloud = Cloud::China;
        self
    }

    /// In Azure Government; see [`Cloud`].
    pub fn us_government(mut self) -> Self {
        self.settings.cloud = Cloud::UsGovernment;
        self
    }
}

impl AuthorityBuilder<Metadata> {
    /// The issuer that the metadata must name; any other is refused. Many authorities that are [on demand](Self::on_demand) need it; see
    /// [`AuthoritySettings::on_demand`].
    pub fn metadata_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.settings.metadata_issuer = Some(issuer.into());
        self
    }

    /// A host, with its port if it is not the scheme's own, that the metadata may name for the keys besides its own.
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
