//! The layer.

use std::sync::Arc;

use futures_util::{
    future::{Either, join_all, select},
    pin_mut,
};
use http::Extensions;
use tower_layer::Layer;

use super::{builder::B2cAuthBuilder, current::Current, require::RequireLayer, service::B2cAuth};
use crate::{
    claims::{VerifiedClaims, record_of},
    config::token_source,
    decision::Decisions,
    keys::{FetchError, Fetching, Health, KeySnapshot, Trigger},
    migration::{MigrationReport, UsageSnapshot},
    requirement::Requirement,
    settings::{ForgottenKey, Settings, SettingsError, TokenSettings},
    token_source::TokenSource,
};

/// Protects a service with Azure AD B2C tokens.
///
/// Every request must carry one bearer token (RFC 6750 §2.1) that a configured authority issued for this API. The handlers find its claims as
/// [`VerifiedClaims`](crate::VerifiedClaims) in the request's extensions; everything else is answered here, see the
/// [table of refusals](crate#what-a-client-gets).
///
/// The inner service may answer with any [`http_body::Body`](https://docs.rs/http-body) of `Bytes`; what comes out is a response with axum's `Body`, as a
/// refusal needs one that can be made from bytes. An axum body passes through as it is; another one is boxed, as axum would box it.
///
/// A clone shares everything with the original, also the claims: a route's [requirement](Self::require) believes its own layer, its clones and the layers
/// [derived](Self::reading_token_from) from it, and no other. Layers may lie within each other. Handlers then get the claims of the innermost one, and
/// [`claims`](Self::claims) gives those of any.
///
/// The keys are fetched by one background task, which the first request starts and which ends with the last clone. Where it cannot run, requests fetch
/// what is due; see [`KeyRefresh`](crate::KeyRefresh).
#[derive(Debug, Clone)]
#[must_use = "a layer does nothing until it is put on a router"]
pub struct B2cAuthLayer {
    pub(super) current: Arc<Current>,
    /// None: where the settings say.
    pub(super) token_source: Option<Arc<TokenSource>>,
}

impl B2cAuthLayer {
    /// Starts with nothing; at least one authority and one audience are needed.
    pub fn builder() -> B2cAuthBuilder {
        B2cAuthBuilder::default()
    }

    /// A layer from settings, as they come from a file.
    ///
    /// # Errors
    ///
    /// All mistakes in the settings together.
    pub fn from_settings(settings: Settings) -> Result<Self, SettingsError> {
        B2cAuthBuilder::from(settings).build()
    }

    pub(super) fn new(current: Current) -> Self {
        Self {
            current: Arc::new(current),
            token_source: None,
        }
    }

    /// A layer for single routes that passes on only requests whose claims meet the requirement. Put it inside of this layer.
    pub fn require(&self, requirement: Requirement) -> RequireLayer {
        RequireLayer::new(requirement, Arc::clone(&self.current))
    }

    /// The same layer, which finds the token elsewhere: for routes whose clients cannot set a header, such as WebSockets of a browser. It shares
    /// everything else.
    ///
    /// # Errors
    ///
    /// All mistakes in these settings together.
    pub fn reading_token_from(&self, token: &TokenSettings) -> Result<Self, SettingsError> {
        Ok(Self {
            current: Arc::clone(&self.current),
            token_source: Some(Arc::new(token_source(token)?)),
        })
    }

    /// The claims that this layer has verified, also where another layer lies between it and the handler.
    ///
    /// None if this layer has not authenticated the request.
    pub fn claims(&self, extensions: &Extensions) -> Option<VerifiedClaims> {
        record_of(extensions, self.current.lasting().layer)?.claims
    }

    /// Puts other settings into force, for this layer and all its clones, without losing a request: each request is judged by the old settings
    /// or by the new ones, never by a mixture. Fetched keys are kept where the authority is the same.
    ///
    /// # Errors
    ///
    /// All mistakes in the settings together; then nothing changes.
    pub fn swap_settings(&self, settings: &Settings) -> Result<(), SettingsError> {
        self.current.swap(settings.clone())
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        self.current.settings()
    }

    /// Changes the settings in force, as [`swap_settings`](Self::swap_settings) does, in one step: what another task changes at the same time is not lost.
    /// `change` must not call this layer's methods on settings, which would wait for it for ever.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// # let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
    /// let fabrikam: Vec<_> = b2c("fabrikam").policy("B2C_1_b").optional().into();
    /// auth.update_settings(|settings| settings.authorities.extend(fabrikam))?;
    /// assert_eq!(auth.settings().authorities.len(), 2);
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// All mistakes in the settings together; then nothing changes.
    pub fn update_settings(&self, change: impl FnOnce(&mut Settings)) -> Result<(), SettingsError> {
        self.current.update(change)
    }

    /// Waits until every authority that is not on demand has been asked for its keys once, so that the first request does not have to.
    ///
    /// # Errors
    ///
    /// The state of the keys, if an authority has none after that. The layer serves all the same: it goes on trying, and answers 503 for
    /// the tokens that it cannot judge.
    pub async fn warm_up(&self) -> Result<(), Health> {
        let authenticator = self.current.load_full();
        let eager = authenticator.authorities().iter();
        let cold = eager
            .filter(|authority| !authority.keys.is_on_demand() && authority.keys.is_undiscovered());
        let fetches = cold.filter_map(|authority| authority.keys.fetch(Trigger::Schedule));
        self.wait_for_all(fetches.collect()).await;
        let health = self.current.health();
        if health.is_ready() {
            Ok(())
        } else {
            Err(health)
        }
    }

    /// Fetches the keys of all authorities now, whenever they were fetched last, and waits for the result.
    ///
    /// # Errors
    ///
    /// The first authority's error. Known keys stay in use.
    pub async fn refresh_now(&self) -> Result<(), FetchError> {
        let authenticator = self.current.load_full();
        let authorities = authenticator.authorities();
        // What is under way may have begun before the operator changed something.
        let under_way = authorities.iter().filter_map(|it| it.keys.under_way());
        self.wait_for_all(under_way.collect()).await;
        let fetches = authorities
            .iter()
            .filter_map(|authority| authority.keys.fetch(Trigger::Operator));
        if !self.wait_for_all(fetches.collect()).await {
            return Err(FetchError::Timeout);
        }
        let error = authorities.iter().find_map(|it| it.keys.last_error());
        error.map_or(Ok(()), Err)
    }

    /// Waits at most as long as a fetch may take. Returns whether all have ended.
    async fn wait_for_all(&self, fetches: Vec<Fetching>) -> bool {
        self.current.ensure_running();
        let limit = self.current.load().config().keys.fetch_timeout;
        let limit = self.current.lasting().clock.sleep(limit.saturating_mul(2));
        let all = join_all(fetches);
        pin_mut!(all);
        matches!(select(all, limit).await, Either::Left(_))
    }

    /// Never uses a key again, for emergencies: tokens signed with it are refused from now on, even if the authority still publishes the key, the token was
    /// verified before, or its request is waiting.
    ///
    /// This holds for this layer and its clones, through every [swap](Self::swap_settings), and is saved in the [`key_snapshot`](Self::key_snapshot). A process that
    /// starts without that snapshot does not know it, so also write the key into [`forgotten_keys`](crate::Settings::forgotten_keys).
    ///
    /// An authority is recognised by its [name](crate::AuthoritySettings::name).
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, ForgottenKey, b2c};
    ///
    /// # let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
    /// // B2C signs with one key for many tenants: forget it for all authorities, or for one.
    /// auth.forget_key(ForgottenKey::everywhere("X5eXk4xyojNFum1kl2Ytv8dlNP4"));
    /// auth.forget_key(ForgottenKey::of("contoso/B2C_1_a", "another"));
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    pub fn forget_key(&self, key: ForgottenKey) {
        self.current.lasting().forgotten.add(key);
    }

    /// The state of every authority's keys, for readiness probes. [Forgotten keys](Self::forget_key) are not counted.
    ///
    /// With [`refresh = "auto"`](crate::KeyRefresh::Auto) it also makes sure that the background task runs. It never fetches anything itself.
    pub fn health(&self) -> Health {
        self.current.health()
    }

    /// Who used which issuer, and whether the legacy issuers can be removed.
    pub fn migration_report(&self) -> MigrationReport {
        self.current.load().migration_report()
    }

    /// How many requests were accepted and refused, and why.
    pub fn decisions(&self) -> Decisions {
        self.current.lasting().counters.read()
    }

    /// Everything counted so far, for [`B2cAuthBuilder::usage_snapshot`]. Save it every minute and at the end.
    pub fn usage_snapshot(&self) -> UsageSnapshot {
        let lasting = self.current.lasting();
        lasting.usage.snapshot(&*lasting.clock)
    }

    /// The fetched keys as they are now, with their ages and what [`forget_key`](Self::forget_key) was told, for [`B2cAuthBuilder::key_snapshot`]. An authority
    /// that has never been fetched is not in it.
    pub fn key_snapshot(&self) -> KeySnapshot {
        self.current.key_snapshot()
    }
}

impl<S> Layer<S> for B2cAuthLayer {
    type Service = B2cAuth<S>;

    fn layer(&self, inner: S) -> B2cAuth<S> {
        B2cAuth::new(inner, Arc::clone(&self.current), self.token_source.clone())
    }
}
