//! The builder: `Settings` in code, and the few things that no file can hold.

use std::sync::Arc;

use super::{
    b2c_auth_layer::B2cAuthLayer,
    current::{Bodies, Current},
    default_fetch::DefaultFetch,
};
use crate::{
    claims::LayerId,
    clock::{Clock, SystemClock},
    decision::Lasting,
    keys::{Fetch, ForgottenKeys, KeyContext, KeySnapshot},
    migration::{Usage, UsageSnapshot},
    refusal::JsonBody,
    settings::{
        AuthoritySettings, KeySettings, MigrationSettings, RefusalSettings, RequiredClaim,
        Settings, SettingsError, TextDuration, TokenSettings,
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
    fetch: Option<Arc<dyn Fetch>>,
    clock: Option<Arc<dyn Clock>>,
    snapshot: Option<KeySnapshot>,
    usage: Option<UsageSnapshot>,
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

    /// Accepts this issuer besides the one that the metadata names. Compared byte for byte, the slash at the end included.
    ///
    /// If there are several authorities, it belongs to those whose own issuers carry the same tenant id; see [`Settings::issuers`]. An authority's own
    /// [`issuers`](AuthoritySettings::issuers) can be set with [`authority`](Self::authority).
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

    /// Fetches metadata and keys with this, for a proxy, a private certificate authority, or another HTTP client:
    /// [`ReqwestFetch::from`](crate::ReqwestFetch) takes a client of reqwest's. The layer's own limits on time and size hold for it too.
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Some(Arc::new(fetch));
        self
    }

    /// Another clock than the system's, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Starts with the keys that an earlier process knew, and keeps forgotten what it had forgotten. Keys that are too old are skipped, as are authorities
    /// with another metadata URL and issuers that the settings no longer allow. Keys that had vanished end when they would have ended there.
    pub fn key_snapshot(mut self, snapshot: KeySnapshot) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    /// Continues the counts of an earlier process, so that a restart keeps the evidence for a [migration](crate::migration).
    ///
    /// If nobody counted for more than two minutes, the quiet period starts anew.
    pub fn usage_snapshot(mut self, snapshot: UsageSnapshot) -> Self {
        self.usage = Some(snapshot);
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
        }
        let listed = match settings.authorities.as_mut_slice() {
            [only] => &mut only.issuers,
            _ => &mut settings.issuers,
        };
        listed.extend(self.issuers.iter().cloned());
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

    fn current(self, bodies: Bodies) -> Result<Current, SettingsError> {
        let settings = self.settings();
        let config = settings.check()?;
        bodies.check(&settings)?;
        let clock = self
            .clock
            .unwrap_or_else(|| Arc::new(SystemClock::default()));
        let usage = match &self.usage {
            Some(snapshot) => Usage::restored(snapshot, &*clock),
            None => Usage::new(&*clock),
        };
        let (fetch, default_fetch): (Arc<dyn Fetch>, _) = match self.fetch {
            Some(fetch) => (fetch, None),
            None => {
                let default_fetch = DefaultFetch::of(&config);
                (Arc::new(default_fetch.make()?), Some(default_fetch))
            }
        };
        let lasting = Lasting {
            layer: LayerId::next(),
            keys: Arc::new(KeyContext::new(Arc::clone(&clock), fetch)),
            clock,
            forgotten: ForgottenKeys::default(),
            waiting: Arc::default(),
            usage,
            counters: Default::default(),
        };
        let current = Current::new(config, Arc::new(lasting), default_fetch, bodies);
        if let Some(snapshot) = &self.snapshot {
            current.restore_keys(snapshot)?;
        }
        Ok(current)
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
