//! The builder of an authority, with the methods for every kind.

use std::marker::PhantomData;

use crate::settings::AuthoritySettings;

/// A builder for an authority, which [`B2cAuthBuilder::authority`](crate::B2cAuthBuilder::authority) takes.
///
/// [`b2c`](crate::b2c), [`external_id`](crate::external_id), [`entra_id`](crate::entra_id), [`from_metadata`](crate::from_metadata),
/// [`from_keys`](crate::from_keys) and [`from_jwks`](crate::from_jwks) make one. Its settings apply to it alone, so two tenants cannot be mixed up. The type
/// parameter says which kind it is, so most methods that make no sense for it do not compile. Nothing else is checked until the layer is built.
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
    pub(super) settings: AuthoritySettings,
    pub(super) policies: Vec<String>,
    family: PhantomData<fn() -> F>,
}

impl<F> AuthorityBuilder<F> {
    pub(super) fn new(settings: AuthoritySettings) -> Self {
        Self {
            settings,
            policies: Vec::new(),
            family: PhantomData,
        }
    }

    /// Sets the name in logs, reports and health, instead of the default one. With several policies, each gets `name/policy`.
    ///
    /// A name must be unique. It is what [`forget_key`](crate::B2cAuthLayer::forget_key), routes and
    /// [`VerifiedClaims::authority`](crate::VerifiedClaims::authority) use, so set one before you use any of them: a derived name changes with the settings
    /// that it is derived from.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let contoso = |name: &str| b2c("contoso").policy("B2C_1_signupsignin1").name(name);
    /// let builder = B2cAuthLayer::builder().audience("00001111-aaaa-2222-bbbb-3333cccc4444").authority(contoso("customers"));
    /// assert_eq!(builder.clone().build()?.health().authorities()[0].authority, "customers");
    ///
    /// let twice = builder.authority(contoso("customers")).build().unwrap_err();
    /// assert_eq!(twice.mistakes()[0].field, "authorities[1].name");
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// Accepts this value of `aud`, instead of the [common ones](crate::B2cAuthBuilder::audience). Call it once for each value.
    ///
    /// Use it when the API is registered separately in each tenant, as during a [migration](crate::migration) to External ID.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.audiences.push(audience.into());
        self
    }

    /// Accepts only tokens that were issued to this client application, identified by its id in `azp`, else `appid`. Call it once for each application.
    /// Without it, any application's tokens are accepted.
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
    /// Its tokens follow the [stage](crate::migration::Stage) of the migration, so the settings must have a `[migration]`. Nothing else about the authority
    /// changes: its keys are fetched, and readiness waits for it, until it is removed from the settings.
    pub fn legacy(mut self) -> Self {
        self.settings.legacy = true;
        self
    }

    /// Accepts tokens for any audience. Dangerous; see [`AuthoritySettings::danger_accept_any_audience`].
    pub fn danger_accept_any_audience(mut self) -> Self {
        self.settings.danger_accept_any_audience = true;
        self
    }

    /// Fetches the keys when its first token arrives, instead of with the layer's first request; see [`AuthoritySettings::on_demand`].
    ///
    /// Use it for many tenants of which few are active at a time. The first token after an idle time longer than
    /// [`refresh_interval`](crate::KeySettings::refresh_interval) waits for a fetch.
    pub fn on_demand(mut self) -> Self {
        self.settings.on_demand = true;
        self
    }

    /// Makes readiness independent of this authority, if there are others that are neither optional nor on demand; see [`AuthoritySettings::optional`].
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let contoso = || b2c("contoso").policy("B2C_1_a");
    /// let fabrikam = || b2c("fabrikam").policy("B2C_1_b");
    /// let layer = B2cAuthLayer::builder()
    ///     .authority(contoso().on_demand()).authority(fabrikam())
    ///     .audience("api")
    ///     .build()?;
    /// // Nothing has been fetched yet, and readiness waits for fabrikam.
    /// assert!(!layer.health().is_ready());
    ///
    /// let layer = B2cAuthLayer::builder()
    ///     .authority(contoso().on_demand()).authority(fabrikam().optional())
    ///     .audience("api")
    ///     .build()?;
    /// assert!(layer.health().authorities()[1].optional);
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    pub fn optional(mut self) -> Self {
        self.settings.optional = true;
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
