//! Changes of the settings in force.

use std::sync::Arc;

use super::b2c_auth_layer::B2cAuthLayer;
use crate::settings::{AuthoritySettings, Settings, SettingsError};

/// # The settings in force
impl B2cAuthLayer {
    /// Returns the settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.current.in_force.lock().settings)
    }

    /// Puts other settings into force, for this layer and all its clones, without losing a request. Each request is judged entirely by the old settings or
    /// entirely by the new ones, with one exception: a key that the new ones forget, or an authority that they remove, is no longer used to accept a token,
    /// not even for a request that is already waiting. An authority that is in both usually keeps its fetched keys; the table below says when.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
    /// let mut settings = (*auth.settings()).clone();
    /// settings.audiences.push("new-api".into());
    /// auth.swap_settings(&settings)?;
    /// assert_eq!(auth.settings().audiences, ["api", "new-api"]);
    ///
    /// settings.audiences.clear();
    /// assert!(auth.swap_settings(&settings).is_err());
    /// assert_eq!(auth.settings().audiences, ["api", "new-api"]);
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    ///
    /// | what | after a swap |
    /// |---|---|
    /// | fetched keys and fetches under way | kept, if metadata URL, algorithms and `keys_host` of the authority are the same, it has no `jwks`, and the new settings still allow the issuer that was fetched |
    /// | the budget for unknown key ids | kept under the same conditions, unless its own settings change |
    /// | keys forgotten by [`forget_key`](Self::forget_key) | stay forgotten |
    /// | [`forgotten_keys`](crate::Settings::forgotten_keys) | those of the new settings, even for requests that are waiting |
    /// | verified tokens | judged again, because the rules may have changed: each costs a signature check once |
    /// | waiting requests | judged by the settings they arrived under; refused if their authority is gone |
    /// | [`decisions`](Self::decisions), usage for the [migration report](Self::migration_report) | counting continues |
    /// | tenants from a [source](crate::TenantSource), users [looked up](Self::look_up) | kept |
    /// | files that the settings name, such as [`ca_file`](crate::FetchSettings::ca_file) | read again |
    /// | what only the [builder](crate::B2cAuthBuilder#where-each-value-lives) can set | kept |
    ///
    /// # Errors
    ///
    /// All the mistakes in the settings together, or, if there are none, the reason why no fetcher can be made from the settings. If there is an error,
    /// nothing changes.
    pub fn swap_settings(&self, settings: &Settings) -> Result<(), SettingsError> {
        let current = &self.current;
        current.put_into_force(&mut current.in_force.lock(), settings.clone())
    }

    /// Changes the settings in force, with the same effects as [`swap_settings`](Self::swap_settings). It reads and replaces them in one step, so that
    /// concurrent changes are not lost.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// # let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
    /// let fabrikam: Vec<_> = b2c("fabrikam").policy("B2C_1_b").optional().into();
    /// auth.update_settings(|settings| settings.authorities.extend(fabrikam))?;
    /// assert_eq!(auth.settings().authorities.len(), 2);
    ///
    /// // A mistake changes nothing.
    /// assert!(auth.update_settings(|settings| settings.authorities.clear()).is_err());
    /// assert_eq!(auth.settings().authorities.len(), 2);
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`swap_settings`](Self::swap_settings).
    ///
    /// # Panics
    ///
    /// If `change` calls [`settings`](Self::settings) or a method that changes the settings, on this layer or a clone. Without the panic, it would wait for
    /// itself forever.
    pub fn update_settings(&self, change: impl FnOnce(&mut Settings)) -> Result<(), SettingsError> {
        let (settings, mut in_force) = self.current.in_force.update(change);
        self.current.put_into_force(&mut in_force, settings)
    }

    /// Adds authorities while requests are being judged, without a pause and without touching the others: their keys and verified tokens are kept. An added
    /// authority is [on demand](AuthoritySettings::on_demand) unless it has inline keys, and is part of the [settings](Self::settings) from then on. For an
    /// eager one, use [`update_settings`](Self::update_settings).
    ///
    /// If a [source of tenants](crate::TenantSource) has already found the same tenant, the added authority judges its tokens only when its own issuer is known.
    /// So set `tenant_id` or [`metadata_issuer`](AuthoritySettings::metadata_issuer); otherwise the source's answer counts until it expires.
    ///
    /// In some cases the addition is a [swap](Self::swap_settings), which judges all verified tokens again:
    ///
    /// - An added authority is legacy, accepts any tenant or brings a further algorithm.
    /// - The settings [list issuers](crate::Settings::issuers), current or legacy, without [pooling](crate::Settings::danger_pool_issuers) them, and the layer
    ///   has at most one authority. Authorities that have only secrets do not count.
    /// - The settings list issuers without pooling them, and some of these issuers cannot belong to any authority.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c, external_id};
    ///
    /// # let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
    /// auth.add_authority(external_id("fabrikam", "ccccdddd-2222-eeee-3333-ffff4444aaaa").name("fabrikam"))?;
    /// assert_eq!(auth.settings().authorities.len(), 2);
    ///
    /// let again = auth.add_authority(b2c("fabrikam").policy("B2C_1_b").name("fabrikam"));
    /// assert_eq!(again.unwrap_err().mistakes()[0].field, "authorities[2].name");
    ///
    /// assert!(auth.remove_authority("fabrikam")?);
    /// assert!(!auth.remove_authority("fabrikam")?);
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// All the mistakes in the added authorities together, or, if there are none, the reason why no fetcher can be made for them. If the addition is a swap,
    /// what [`swap_settings`](Self::swap_settings) reports. If there is an error, none is added.
    pub fn add_authority(
        &self,
        authority: impl Into<Vec<AuthoritySettings>>,
    ) -> Result<(), SettingsError> {
        self.current.add(authority.into())
    }

    /// Removes the authority of this [name](AuthoritySettings::name) while requests are being judged, without a pause and without touching the others.
    /// Returns whether there was one.
    ///
    /// When this returns, the authority no longer accepts any token, even if it has verified the token before. A request that is waiting for its keys is
    /// refused when the wait ends. Its [forgotten keys](Self::forget_key) stay forgotten.
    ///
    /// Another authority may still accept the same tokens:
    ///
    /// - The policies of a B2C tenant can share issuer and keys. The tokens of a removed policy are then accepted as long as another policy is left. To tell
    ///   them apart, use [`RouteSettings::policies`](crate::RouteSettings::policies).
    /// - An authority that [accepts any tenant](crate::AuthoritySettings::danger_accept_any_tenant) accepts the tokens of a removed Entra ID tenant.
    ///
    /// To remove a tenant that a [source of tenants](crate::TenantSource) has found, remove it from the source's data first. This method then forgets the
    /// source's answers for this name, and returns `true` if there was one. An answer that is still on its way is not used either.
    ///
    /// Even the last authority can be removed. Without a source of tenants, every token is then refused, and the next
    /// [`update_settings`](Self::update_settings) must add an authority.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, RouteSettings, b2c};
    ///
    /// let auth = B2cAuthLayer::builder()
    ///     .authority(b2c("contoso").policy("B2C_1_a"))
    ///     .authority(b2c("fabrikam").policy("B2C_1_b"))
    ///     .audience("api")
    ///     .route(RouteSettings::new("/partners/**").authority("fabrikam/B2C_1_b"))
    ///     .build()?;
    ///
    /// let named = auth.remove_authority("fabrikam/B2C_1_b").unwrap_err();
    /// assert_eq!(named.mistakes()[0].field, "routes[0].authorities");
    ///
    /// auth.update_settings(|settings| {
    ///     settings.routes.clear();
    ///     settings.authorities.truncate(1);
    /// })?;
    /// assert_eq!(auth.health().authorities().len(), 1);
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Nothing is removed in two cases:
    ///
    /// - A [route](crate::RouteSettings::authorities) names the authority.
    /// - Only one authority would be left (those that have only secrets do not count), and it would get a [listed issuer](crate::Settings::issuers) that may
    ///   belong to another tenant.
    ///
    /// To change the routes or issuers in the same step, use [`update_settings`](Self::update_settings).
    pub fn remove_authority(&self, name: &str) -> Result<bool, SettingsError> {
        self.current.remove(name)
    }
}
