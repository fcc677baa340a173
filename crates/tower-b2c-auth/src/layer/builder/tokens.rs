//! Which tokens are accepted.

use b2c_verify::AcceptedTokens;

use super::B2cAuthBuilder;
use crate::settings::{
    AuthoritySettings, DecryptionKeySettings, ForgottenKey, MigrationSettings, RequiredClaim,
    TextDuration,
};

/// # Which tokens are accepted
impl B2cAuthBuilder {
    /// Adds one or more authorities: made by [`b2c`](crate::b2c), [`external_id`](crate::external_id), [`entra_id`](crate::entra_id),
    /// [`entra_id_tenants`](crate::entra_id_tenants), [`from_metadata`](crate::from_metadata), [`from_keys`](crate::from_keys) or
    /// [`from_jwks`](crate::from_jwks), or given as [`AuthoritySettings`].
    pub fn authority(mut self, authority: impl Into<Vec<AuthoritySettings>>) -> Self {
        self.settings.authorities.extend(authority.into());
        self
    }

    /// Accepts this value of `aud` (RFC 7519 §4.1.3): the application (client) id of this API. Call it once for each value.
    ///
    /// All accepted audiences count as one API: a scope says nothing about which of them a token is for, so `files.read` in a token for one opens the routes
    /// of all. Two APIs that clients should not mix up need a layer each, or `claim("aud", …)` in the [requirements](crate::claim) of their routes.
    ///
    /// Without an audience here, [`build`](Self::build) fails, unless each authority has its own or sets
    /// [`danger_accept_any_audience`](crate::AuthoritySettings::danger_accept_any_audience): B2C signs the tokens of unrelated tenants and applications with
    /// one key, so the audience is what separates your API from other applications. For an Entra ID authority, an application id also stands for
    /// `api://<id>`.
    ///
    /// ```
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use tower_b2c_auth::{B2cAuthLayer, test_util::TestTenant};
    ///
    /// let tenant = TestTenant::new();
    /// let auth = B2cAuthLayer::builder()
    ///     .authority(tenant.authority())
    ///     .audience("tasks-api")
    ///     .audience("files-api")
    ///     .clock(tenant.clock().clone())
    ///     .build()?;
    /// let issued_for = |audience: &str| tenant.token().claim("aud", audience).sign();
    /// assert!(auth.authenticate(&issued_for("files-api")).await.is_ok());
    /// // Another API of the same tenant: its tokens are good, but not for this one.
    /// assert_eq!(auth.authenticate(&issued_for("mail-api")).await.unwrap_err().reason(), "wrong_audience");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.audiences.push(audience.into());
        self
    }

    /// Accepts this issuer in addition to the one that the metadata names. It is compared byte for byte, including a trailing slash.
    ///
    /// If there are several authorities, it belongs to those whose own issuers carry the same tenant id; see [`Settings::issuers`](crate::Settings::issuers).
    /// To set an authority's own issuers, use [`AuthorityBuilder::issuer`](crate::AuthorityBuilder::issuer).
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.settings.issuers.push(issuer.into());
        self
    }

    /// Assigns each [`issuer`](Self::issuer) to every authority, except those that are legacy, have secrets or accept any tenant
    /// ([`Settings::issuers`](crate::Settings::issuers)). Dangerous; see [`Settings::danger_pool_issuers`](crate::Settings::danger_pool_issuers).
    pub fn danger_pool_issuers(mut self) -> Self {
        self.settings.danger_pool_issuers = true;
        self
    }

    /// Accepts these signature algorithms, by their RFC 7518 names, instead of RS256 alone; see [`Settings::algorithms`](crate::Settings::algorithms).
    ///
    /// The list applies to all authorities. A key is used only with those of the algorithms that suit it, and a name that is not supported is refused:
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, from_metadata};
    ///
    /// let layer = |algorithm: &str| {
    ///     B2cAuthLayer::builder()
    ///         .authority(from_metadata("https://issuer.example/.well-known/openid-configuration"))
    ///         .audience("tasks-api")
    ///         .algorithms(["RS256", algorithm])
    ///         .build()
    /// };
    /// assert!(layer("ES256").is_ok());
    /// // Anybody who can verify with a symmetric key can also sign with it.
    /// assert!(layer("HS256").unwrap_err().to_string().contains("is symmetric"));
    /// assert!(layer("none").unwrap_err().to_string().contains("is not a supported algorithm"));
    /// ```
    pub fn algorithms(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.algorithms = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how much the issuer's clock and ours may differ. The default is 60 s, the maximum 5 minutes. It applies to `exp` and `nbf` (RFC 7519 §4.1.4),
    /// and to `iat` if there is a [`max_token_age`](Self::max_token_age).
    ///
    /// A token is accepted from this long before its `nbf` until this long after its `exp`. A longer skew than the maximum would hide a broken clock, so
    /// [`build`](Self::build) refuses it:
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let layer = |skew: &str| {
    ///     let builder = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api");
    ///     builder.clock_skew(skew).build()
    /// };
    /// assert!(layer("0s").is_ok());
    /// assert_eq!(layer("6m").unwrap_err().mistakes()[0].field, "clock_skew");
    /// ```
    pub fn clock_skew(mut self, skew: impl Into<TextDuration>) -> Self {
        self.settings.clock_skew = skew.into();
        self
    }

    /// Refuses tokens whose total lifetime is longer than this; see [`Settings::max_token_lifetime`](crate::Settings::max_token_lifetime).
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let layer = |limit: &str| {
    ///     B2cAuthLayer::builder()
    ///         .authority(b2c("contoso").policy("B2C_1_signupsignin1"))
    ///         .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
    ///         .max_token_lifetime(limit)
    ///         .build()
    /// };
    /// assert!(layer("24h").is_ok());
    /// assert_eq!(layer("0s").unwrap_err().mistakes()[0].field, "max_token_lifetime");
    /// ```
    ///
    /// Choose a limit above the longest access-token lifetime of the tenant's policies. B2C allows at most 24 hours
    /// ([token lifetimes](https://learn.microsoft.com/azure/active-directory-b2c/configure-tokens)).
    pub fn max_token_lifetime(mut self, limit: impl Into<TextDuration>) -> Self {
        self.settings.max_token_lifetime = Some(limit.into());
        self
    }

    /// Refuses tokens that were issued longer ago than this; see [`Settings::max_token_age`](crate::Settings::max_token_age).
    ///
    /// The age is checked on every request, even for a token that was verified before. Clients then need a new token this often, even if theirs has not
    /// expired.
    ///
    /// ```
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use tower_b2c_auth::test_util::TestTenant;
    ///
    /// let tenant = TestTenant::new();
    /// let auth = tenant.builder().max_token_age("15m").build()?;
    /// let token = tenant.token().sign();
    /// assert!(auth.authenticate(&token).await.is_ok());
    ///
    /// // It is valid for an hour, but after a quarter of an hour and the clock skew this API wants a new one.
    /// tenant.clock().advance(Duration::from_secs(16 * 60 + 1));
    /// assert_eq!(auth.authenticate(&token).await.unwrap_err().reason(), "too_old");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    pub fn max_token_age(mut self, limit: impl Into<TextDuration>) -> Self {
        self.settings.max_token_age = Some(limit.into());
        self
    }

    /// Accepts tokens without `exp`, which are valid forever. See [`Settings::require_expiration_time`](crate::Settings::require_expiration_time).
    ///
    /// Dangerous: a token without `exp` that has leaked is good until its key is withdrawn. [`max_token_age`](Self::max_token_age) limits such tokens by
    /// their `iat`.
    ///
    /// ```
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use tower_b2c_auth::test_util::TestTenant;
    ///
    /// let tenant = TestTenant::new();
    /// let endless = tenant.token().without("exp").sign();
    /// assert!(tenant.builder().danger_accept_no_expiration().build()?.authenticate(&endless).await.is_ok());
    /// assert_eq!(tenant.layer().authenticate(&endless).await.unwrap_err().reason(), "missing_exp");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    pub fn danger_accept_no_expiration(mut self) -> Self {
        self.settings.require_expiration_time = false;
        self
    }

    /// Also accepts tokens that grant nothing, neither a scope nor a role. Dangerous, because most ID tokens are such tokens; see
    /// [`Settings::accept`](crate::Settings::accept).
    ///
    /// Name the clients whose tokens are accepted, so that a user's ID token, which is issued to another application, is refused:
    ///
    /// ```
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use tower_b2c_auth::{B2cAuthLayer, test_util::TestTenant};
    ///
    /// let tenant = TestTenant::new();
    /// // A daemon that was never given a role, known by its client id.
    /// let auth = B2cAuthLayer::builder()
    ///     .authority(tenant.authority().client("11112222-bbbb-3333-cccc-4444dddd5555"))
    ///     .audience(TestTenant::AUDIENCE)
    ///     .clock(tenant.clock().clone())
    ///     .danger_accept_any_tokens()
    ///     .build()?;
    /// let issued_to = |client: &str| tenant.token().without("scp").claim("azp", client).sign();
    ///
    /// assert!(auth.authenticate(&issued_to("11112222-bbbb-3333-cccc-4444dddd5555")).await.is_ok());
    /// let refused = auth.authenticate(&issued_to("22223333-cccc-4444-dddd-5555eeee6666")).await.unwrap_err();
    /// assert_eq!(refused.reason(), "foreign_client");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    pub fn danger_accept_any_tokens(mut self) -> Self {
        self.settings.accept = AcceptedTokens::DangerAnyTokens;
        self
    }

    /// Requires a claim in every token; a token without it is answered with 403. Call it once for each claim; see [`RequiredClaim`].
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, RequiredClaim, b2c};
    ///
    /// let layer = |name: &str| {
    ///     B2cAuthLayer::builder()
    ///         .authority(b2c("contoso").policy("B2C_1_signupsignin1"))
    ///         .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
    ///         .required_claim(RequiredClaim {
    ///             name: name.into(),
    ///             values: vec!["tasks.read".into()],
    ///             separator: Some(" ".into()),
    ///             ..RequiredClaim::default()
    ///         })
    ///         .build()
    /// };
    /// assert!(layer("scp").is_ok());
    /// assert_eq!(layer("").unwrap_err().mistakes()[0].field, "required_claims[0].name");
    /// ```
    pub fn required_claim(mut self, claim: RequiredClaim) -> Self {
        self.settings.required_claims.push(claim);
        self
    }

    /// Decrypts tokens that are encrypted for this key; see [`Settings::decryption_keys`](crate::Settings::decryption_keys).
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, DecryptionKeySettings, b2c};
    ///
    /// let key = DecryptionKeySettings::from_file("/nowhere/key.pem").id("2026-11");
    /// let layer = B2cAuthLayer::builder()
    ///     .authority(b2c("contoso").policy("B2C_1_a"))
    ///     .audience("api")
    ///     .decryption_key(key)
    ///     .build();
    /// // Where a key cannot be read, the layer is not built: encrypted tokens would be refused.
    /// assert_eq!(layer.unwrap_err().mistakes()[0].field, "decryption_keys[0]");
    /// ```
    ///
    /// To rotate the key, add the new one, have the issuer encrypt for it, and remove the old one once the last token that was encrypted for the old one has
    /// expired. Each step is a swap of the settings.
    pub fn decryption_key(mut self, key: DecryptionKeySettings) -> Self {
        self.settings.decryption_keys.push(key);
        self
    }

    /// Never uses this key, even if an authority publishes it; see [`Settings::forgotten_keys`](crate::Settings::forgotten_keys).
    ///
    /// A key in the settings is forgotten for as long as they list it, so it stays forgotten across restarts.
    /// [`B2cAuthLayer::forget_key`](crate::B2cAuthLayer::forget_key) takes effect without a change of the settings.
    pub fn forgotten_key(mut self, key: ForgottenKey) -> Self {
        self.settings.forgotten_keys.push(key);
        self
    }

    /// Sets how many bytes the cache of verified tokens may hold. The default is 16 MiB; zero switches it off.
    ///
    /// A typical B2C token takes 1.6 kB, so the default holds about 10,500 tokens. Size it by the number of users within one token lifetime. If it is too
    /// small, evicted tokens are verified again, at the cost of a signature check each. A swap of the settings starts with an empty cache.
    pub fn verified_token_cache_bytes(mut self, bytes: u64) -> Self {
        self.settings.verified_token_cache_bytes = bytes;
        self
    }

    /// Sets up a move from one issuer to another; see [`MigrationSettings`].
    ///
    /// Both issuers are then accepted, the layer counts who still uses the old one (with the Cargo feature `migration`), and [`MigrationSettings::stage`]
    /// says what happens to its tokens. The module [`migration`](crate::migration) describes the whole move. There must be something to retire:
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, MigrationSettings, b2c};
    ///
    /// let layer = |migration| {
    ///     B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").migration(migration).build()
    /// };
    /// let old = "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
    /// assert!(layer(MigrationSettings::from_issuer(old)).is_ok());
    /// assert_eq!(layer(MigrationSettings::default()).unwrap_err().mistakes()[0].field, "migration.legacy_issuers");
    /// ```
    pub fn migration(mut self, migration: MigrationSettings) -> Self {
        self.settings.migration = Some(migration);
        self
    }
}
