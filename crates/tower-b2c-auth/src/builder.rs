//! The builder: `Settings` in code, and the few things that no file can hold.

use std::sync::Arc;

use crate::{
    authenticator::Records,
    clock::{Clock, SystemClock},
    current::{Bodies, Current, Surroundings},
    keys::KeySnapshot,
    layer::B2cAuthLayer,
    migration::{Ledger, LedgerSnapshot},
    refusal_body::JsonBody,
    settings::{
        AuthoritySettings, KeySettings, MigrationSettings, RefusalSettings, RequiredClaim,
        Settings, SettingsError, TextDuration, TokenSettings, mistake,
    },
};

/// Builds a [`B2cAuthLayer`].
///
/// ```
/// use tower_b2c_auth::B2cAuthLayer;
///
/// let auth = B2cAuthLayer::builder()
///     .tenant("contoso")
///     .policy("B2C_1_signupsignin1")
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .build();
/// assert!(auth.is_ok());
///
/// // Without an audience, tokens for every other API of the tenant would be accepted.
/// let refused = B2cAuthLayer::builder().tenant("contoso").policy("B2C_1_signupsignin1").build();
/// assert_eq!(refused.unwrap_err().mistakes()[0].field, "audiences");
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct B2cAuthBuilder {
    settings: Settings,
    tenant: Option<String>,
    custom_domain: Option<String>,
    issuers: Vec<String>,
    client: Option<reqwest::Client>,
    clock: Option<Arc<dyn Clock>>,
    snapshot: Option<KeySnapshot>,
    ledger: Option<LedgerSnapshot>,
}

impl B2cAuthBuilder {
    /// The tenant of the [policies](Self::policy): `contoso` for `contoso.onmicrosoft.com`.
    pub fn tenant(mut self, name: impl Into<String>) -> Self {
        self.tenant = Some(name.into());
        self
    }

    /// Accepts tokens of this user flow's or custom policy's keys. Call it once for each policy of the tenant: user flows and custom policies
    /// have different keys.
    ///
    /// All policies of a tenant have the same issuer, and user flows the same key. To admit a route only to tokens of one policy, use
    /// [`policy`](crate::policy).
    pub fn policy(mut self, name: impl Into<String>) -> Self {
        self.settings.authorities.push(AuthoritySettings {
            policy: Some(name.into()),
            ..AuthoritySettings::default()
        });
        self
    }

    /// The host that the tenant's tokens are issued at, if it is not `<tenant>.b2clogin.com`.
    pub fn custom_domain(mut self, host: impl Into<String>) -> Self {
        self.custom_domain = Some(host.into());
        self
    }

    /// Adds an authority by the URL of its metadata.
    pub fn openid_config(self, url: impl Into<String>) -> Self {
        self.authority(AuthoritySettings::openid_config(url))
    }

    /// Adds an authority with all its settings.
    pub fn authority(mut self, authority: AuthoritySettings) -> Self {
        self.settings.authorities.push(authority);
        self
    }

    /// Accepts this value of `aud`: the application (client) id of this API.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.audiences.push(audience.into());
        self
    }

    /// Accepts this issuer with the keys of every authority of this builder, besides the ones that their metadata name. Compared byte for
    /// byte, the slash at the end included.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuers.push(issuer.into());
        self
    }

    /// Demands a claim of every token; an unmet one is answered with 403.
    pub fn required_claim(mut self, claim: RequiredClaim) -> Self {
        self.settings.required_claims.push(claim);
        self
    }

    /// Takes the token from another place than `Authorization: Bearer …`.
    pub fn token(mut self, token: TokenSettings) -> Self {
        self.settings.token = token;
        self
    }

    /// Refuses in API Management's manner; see [`build_with_json_refusals`](Self::build_with_json_refusals).
    pub fn refusal(mut self, refusal: RefusalSettings) -> Self {
        self.settings.refusal = Some(refusal);
        self
    }

    /// Largest accepted difference between the issuer's clock and ours; 60 s unless set.
    pub fn clock_skew(mut self, skew: impl Into<TextDuration>) -> Self {
        self.settings.clock_skew = skew.into();
        self
    }

    /// When keys are fetched and how long they are kept.
    pub fn keys(mut self, keys: KeySettings) -> Self {
        self.settings.keys = keys;
        self
    }

    /// The client that fetches metadata and keys, for a proxy or a private certificate authority.
    ///
    /// The limits of this layer hold for it too, but `connect_timeout` is the client's own affair. Switch redirects off: they are never
    /// accepted, and a client that follows them only wastes the time.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.client = Some(client);
        self
    }

    /// Another clock than the system's, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Starts with the keys that an earlier process knew. Entries of other authorities, and those that are too old, are passed over.
    pub fn key_snapshot(mut self, snapshot: KeySnapshot) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    /// Goes on counting where an earlier process stopped, so that its evidence for the [migration](crate::migration) is not lost.
    pub fn ledger_snapshot(mut self, snapshot: LedgerSnapshot) -> Self {
        self.ledger = Some(snapshot);
        self
    }

    /// A move from one issuer to another.
    pub fn migration(mut self, migration: MigrationSettings) -> Self {
        self.settings.migration = Some(migration);
        self
    }

    /// Judges and counts, but refuses nothing: for trying the layer beside what protects the API now. See
    /// [`ReportOnly`](crate::ReportOnly).
    pub fn danger_report_only(mut self) -> Self {
        self.settings.danger_report_only = true;
        self
    }

    /// The settings as they stand, with what was said about tenant and issuers put into the authorities.
    pub fn settings(&self) -> Settings {
        let mut settings = self.settings.clone();
        if self.tenant.is_some()
            && !settings
                .authorities
                .iter()
                .any(|authority| authority.policy.is_some())
        {
            settings.authorities.push(AuthoritySettings::default());
        }
        for authority in &mut settings.authorities {
            if authority.openid_config.is_none()
                && authority.jwks.is_none()
                && authority.keys.is_empty()
            {
                authority.tenant = authority.tenant.take().or_else(|| self.tenant.clone());
                authority.custom_domain = authority
                    .custom_domain
                    .take()
                    .or_else(|| self.custom_domain.clone());
            }
            authority.issuers.extend(self.issuers.iter().cloned());
        }
        settings
    }

    /// Checks everything and makes the layer. Nothing is fetched yet, and no runtime is needed.
    ///
    /// Its refusals have an empty body, of whatever type the service's bodies are.
    ///
    /// # Errors
    ///
    /// All mistakes together, each with the field, the value and what would be right. [`refusal`](Self::refusal) is one here: its message
    /// would be lost.
    pub fn build(self) -> Result<B2cAuthLayer, SettingsError> {
        Ok(B2cAuthLayer::new(self.current(Bodies::Empty)?))
    }

    /// The same for a service whose bodies can be made from bytes, such as axum's. With [`refusal`](Self::refusal) set, refusals have a JSON
    /// body.
    ///
    /// ```
    /// use axum::Router;
    /// use tower_b2c_auth::{B2cAuthLayer, RefusalSettings};
    ///
    /// let auth = B2cAuthLayer::builder()
    ///     .tenant("contoso")
    ///     .policy("B2C_1_signupsignin1")
    ///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
    ///     .refusal(RefusalSettings {
    ///         message: Some("Unauthorized. Access token is missing or invalid.".into()),
    ///         ..RefusalSettings::default()
    ///     });
    /// let refused = auth.clone().build();
    /// assert_eq!(refused.unwrap_err().mistakes()[0].field, "refusal");
    ///
    /// let app: Router = Router::new().layer(auth.build_with_json_refusals()?);
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// All mistakes together, each with the field, the value and what would be right.
    pub fn build_with_json_refusals(self) -> Result<B2cAuthLayer<JsonBody>, SettingsError> {
        Ok(B2cAuthLayer::new(self.current(Bodies::Json)?))
    }

    fn current(self, bodies: Bodies) -> Result<Arc<Current>, SettingsError> {
        let clock = self
            .clock
            .clone()
            .unwrap_or_else(|| Arc::new(SystemClock::default()));
        let ledger = match &self.ledger {
            Some(snapshot) => Ledger::restored(snapshot),
            None => Ledger::new(clock.now()),
        };
        let surroundings = Surroundings {
            clock,
            client: self.client.clone(),
            records: Records {
                ledger: Arc::new(ledger),
                tally: Arc::default(),
            },
            bodies,
        };
        let current = Current::new(&self.settings(), surroundings)?;
        if let Some(snapshot) = &self.snapshot {
            let restored = current.load().keys().restore(snapshot);
            restored.map_err(|error| {
                mistake(
                    "key_snapshot",
                    "…",
                    format!("{error}; leave it out, and the keys are fetched"),
                )
            })?;
        }
        Ok(Arc::new(current))
    }
}

impl From<Settings> for B2cAuthBuilder {
    fn from(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }
}
