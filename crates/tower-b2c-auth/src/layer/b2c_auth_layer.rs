//! The layer.

use std::sync::Arc;

use futures_util::{
    StreamExt as _,
    future::{Either, ready, select},
    pin_mut, stream,
};
use http::Extensions;
use tower_layer::Layer;

use super::{
    builder::B2cAuthBuilder, current::Current, look_up_layer::LookUpLayer, require::RequireLayer,
    service::B2cAuth,
};
#[cfg(feature = "migration")]
use crate::migration::{MigrationReport, UsageSnapshot};
use crate::{
    claims::{VerifiedClaims, record_of},
    config::token_source,
    decision::Decisions,
    keys::{FetchError, Fetching, Health, KeySnapshot, KeySource, MAX_CONCURRENT_FETCHES, Trigger},
    look_up::{LookUp, LookUps},
    requirement::Requirement,
    settings::{
        AuthoritySettings, ForgottenKey, LookUpSettings, Settings, SettingsError, TokenSettings,
    },
    token_source::TokenSource,
};

/// Protects a service with tokens from Azure AD B2C, Entra External ID or Entra ID.
///
/// For each request:
///
/// 1. The layer takes the token from `Authorization: Bearer …` (RFC 6750 §2.1), or from where [`TokenSettings`] say.
/// 2. It [checks the token](crate#what-is-checked-and-in-which-order): that one of the authorities issued it, for this API, and that it is in force.
/// 3. It checks the [required claims](crate::Settings::required_claims) and the [route](crate::RouteSettings).
/// 4. It puts [`VerifiedClaims`](crate::VerifiedClaims) into the request's extensions and calls the inner service.
/// 5. If one of these steps fails, the layer answers the request itself. The inner service never sees it. See the
///    [table of refusals](crate#what-a-client-gets).
///
/// In axum, add the layer after the routes that it should protect: `Router::layer` does not cover routes that are added later.
/// [The order of layers](crate::guide::order_of_layers) says what belongs outside it and what inside.
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::{Request, header::AUTHORIZATION};
/// use tower::ServiceExt as _;
/// use tower_b2c_auth::{VerifiedClaims, scope};
/// # #[cfg(feature = "test-util")]
/// use tower_b2c_auth::test_util::TestTenant;
///
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // In a service: B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_signupsignin1"))
/// let tenant = TestTenant::new();
/// let auth = tenant.builder().build()?;
/// let hello = get(async |claims: VerifiedClaims| format!("hello {}", claims.name().unwrap_or("stranger")));
/// let app = Router::new()
///     .route("/hello", hello)
///     .route("/tasks", get(async || "yours").layer(auth.require(scope("tasks.read"))))
///     .layer(auth);
///
/// let status = async |path: &str, token: String| {
///     let request = Request::get(path).header(AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap();
///     app.clone().oneshot(request).await.unwrap().status().as_u16()
/// };
/// assert_eq!(status("/hello", tenant.token().sign()).await, 200);
/// assert_eq!(status("/hello", tenant.token().claim("aud", "another API").sign()).await, 401);
/// assert_eq!(status("/tasks", tenant.token().scope("tasks.list").sign()).await, 403);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
///
/// # Bodies
///
/// The inner service may answer with any [`http_body::Body`](https://docs.rs/http-body) of `Bytes`; the layer's response has axum's `Body`, because a
/// refusal needs a body that can be made from bytes. An axum body passes through unchanged; any other is boxed, as axum would box it.
///
/// # Clones and nesting
///
/// A clone shares everything with the original, including the claims: a route's [requirement](Self::require) trusts its own layer, its clones and the
/// layers [derived](Self::reading_token_from) from it, and no other. Layers may be nested. Handlers then get the claims of the innermost one, and
/// [`claims`](Self::claims) gives those of any.
///
/// # The background task
///
/// One background task fetches the keys. The first request starts it, and it ends with the last clone. Where it cannot run, requests fetch what is due; see
/// [`KeyRefresh`](crate::KeyRefresh).
#[derive(Debug, Clone)]
#[must_use = "a layer does nothing until it is put on a router"]
pub struct B2cAuthLayer {
    pub(super) current: Arc<Current>,
    /// `None` for the place that the settings name.
    pub(super) token_source: Option<Arc<TokenSource>>,
}

impl B2cAuthLayer {
    /// Starts with empty settings; at least one authority and one audience are needed.
    pub fn builder() -> B2cAuthBuilder {
        B2cAuthBuilder::default()
    }

    /// Makes a layer from settings, such as those read from a file.
    ///
    /// # Errors
    ///
    /// All the mistakes in the settings together, as [`B2cAuthBuilder::build`] reports them.
    pub fn from_settings(settings: Settings) -> Result<Self, SettingsError> {
        B2cAuthBuilder::from(settings).build()
    }

    pub(super) fn new(current: Current) -> Self {
        Self {
            current: Arc::new(current),
            token_source: None,
        }
    }

    /// Makes a layer for single routes that passes on only requests whose claims meet the requirement. Put it inside this layer; see [`RequireLayer`] for an
    /// example.
    pub fn require(&self, requirement: Requirement) -> RequireLayer {
        RequireLayer::new(requirement, Arc::clone(&self.current))
    }

    /// A layer for routes that need to know something about the user that the token does not say: it looks the user up by issuer and user id, and waits for
    /// the answer. Put it inside this layer. Handlers get the answer as [`LookedUp<T>`](crate::LookedUp), which shows an example.
    ///
    /// After a move to another issuer, the same person comes with another user id. A look-up that knows both gives handlers one user of the service's own:
    ///
    /// ```
    /// # use axum::{Router, body::Body, http::Request, routing::get};
    /// # use b2c_emulator::{Emulator, IssuerForm};
    /// # use tower::ServiceExt as _;
    /// use tower_b2c_auth::{B2cAuthLayer, LookUpSettings, LookedUp, VerifiedUser, from_metadata};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let tenant = Emulator::start().await?;
    /// # let policy = "B2C_1_signupsignin1";
    /// # let auth = B2cAuthLayer::builder().authority(from_metadata(tenant.metadata_url(policy))).audience("api").build()?;
    /// struct Account(&'static str);
    ///
    /// let known = tenant.issuer(&IssuerForm::Default);
    /// let look_up = move |user: VerifiedUser| {
    ///     let account = (user.issuer() == known && user.id() == "4f3c").then_some(Account("customer 1"));
    ///     async move { Ok::<_, std::io::Error>(account) }
    /// };
    /// let accounts = auth.look_up(look_up, &LookUpSettings::default())?;
    /// let app = Router::new().route("/", get(async |account: LookedUp<Account>| account.0)).layer(accounts).layer(auth);
    ///
    /// let status = async |user: &str| {
    ///     let token = tenant.token(policy).audience("api").claim("oid", user).sign();
    ///     let request = Request::get("/").header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap();
    ///     app.clone().oneshot(request).await.unwrap().status().as_u16()
    /// };
    /// assert_eq!(status("4f3c").await, 200);
    /// assert_eq!(status("nobody").await, 403);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// All the mistakes in these settings together.
    pub fn look_up<L: LookUp>(
        &self,
        look_up: L,
        settings: &LookUpSettings,
    ) -> Result<LookUpLayer<L::Found>, SettingsError> {
        let clock = Arc::clone(&self.current.shared().clock);
        let look_ups = LookUps::new(look_up, settings.check()?, clock);
        Ok(LookUpLayer::new(look_ups, Arc::clone(&self.current)))
    }

    /// The same layer, but reading the token from another place: for routes whose clients cannot set a header, such as a browser's WebSockets. It shares
    /// everything else with this one.
    ///
    /// ```
    /// use axum::{Router, body::Body, routing::get};
    /// use http::Request;
    /// use tower::ServiceExt as _;
    /// use tower_b2c_auth::TokenSettings;
    /// # #[cfg(feature = "test-util")]
    /// use tower_b2c_auth::test_util::TestTenant;
    ///
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tenant = TestTenant::new();
    /// let auth = tenant.layer();
    /// let of_sockets = auth.reading_token_from(&TokenSettings { query: Some("token".into()), ..TokenSettings::default() })?;
    /// let sockets = Router::new().route("/socket", get(async || "open")).layer(of_sockets);
    /// let app = Router::new().route("/tasks", get(async || "yours")).layer(auth).merge(sockets);
    ///
    /// let token = tenant.token().sign();
    /// let status = async |uri: String| app.clone().oneshot(Request::get(uri).body(Body::empty()).unwrap()).await.unwrap().status().as_u16();
    /// assert_eq!(status(format!("/socket?token={token}")).await, 200);
    /// assert_eq!(status(format!("/tasks?token={token}")).await, 401);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// All the mistakes in these settings together.
    pub fn reading_token_from(&self, token: &TokenSettings) -> Result<Self, SettingsError> {
        Ok(Self {
            current: Arc::clone(&self.current),
            token_source: Some(Arc::new(token_source(token)?)),
        })
    }

    /// The claims that this layer has verified, even if another layer lies between it and the handler. `None` if this layer has not authenticated the
    /// request.
    pub fn claims(&self, extensions: &Extensions) -> Option<VerifiedClaims> {
        record_of(extensions, self.current.shared().layer)?.claims
    }

    /// Puts other settings into force, for this layer and all its clones, without losing a request: each request is judged by the old settings
    /// or by the new ones, never by a mixture. Fetched keys are kept where the authority is the same.
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
    /// # Errors
    ///
    /// All the mistakes in the settings together; if there are any, nothing changes.
    pub fn swap_settings(&self, settings: &Settings) -> Result<(), SettingsError> {
        self.current.swap(settings.clone())
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        self.current.settings()
    }

    /// Changes the settings in force in one step, as [`swap_settings`](Self::swap_settings) does, without losing a change that another task makes at the
    /// same time. `change` must not call this layer's methods on settings: they would wait for it forever.
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
    /// All the mistakes in the settings together; if there are any, nothing changes.
    pub fn update_settings(&self, change: impl FnOnce(&mut Settings)) -> Result<(), SettingsError> {
        self.current.update(change)
    }

    /// Adds authorities while requests are being judged, without a pause and without touching the others: their keys and verified tokens are kept. An added
    /// authority is [on demand](AuthoritySettings::on_demand) unless its keys are inline, and is part of the [settings](Self::settings) from then on. For
    /// an eager one, use [`update_settings`](Self::update_settings).
    ///
    /// Adding becomes a [swap](Self::swap_settings) if it affects what is already there: if it adds a legacy authority, other algorithms, or the second
    /// authority where there are [listed issuers](Settings::issuers).
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
    /// All the mistakes in them together; if there are any, none of the authorities is added.
    pub fn add_authority(
        &self,
        authority: impl Into<Vec<AuthoritySettings>>,
    ) -> Result<(), SettingsError> {
        self.current.add(authority.into())
    }

    /// Removes the authority of this [name](AuthoritySettings::name) while requests are being judged, without a pause and without touching the others.
    /// Returns whether there was one.
    ///
    /// It takes effect at once: when this returns, no token from the authority is accepted any longer, even if it was verified before or its request is
    /// waiting for keys. Waiting requests are refused when their wait ends. Its keys that were [forgotten](Self::forget_key) stay forgotten.
    ///
    /// Even the last authority can be removed; every token is then refused.
    ///
    /// # Errors
    ///
    /// The [routes](crate::RouteSettings::authorities) that name the authority. It then stays: remove it from them in one step with
    /// [`update_settings`](Self::update_settings), which takes effect just as soon.
    pub fn remove_authority(&self, name: &str) -> Result<bool, SettingsError> {
        self.current.remove(name)
    }

    /// Waits until every authority that is not on demand has been asked for its keys once, so that the first request does not have to.
    ///
    /// It waits at most twice [`fetch_timeout`](crate::KeySettings::fetch_timeout) for every 32 authorities, or part of 32.
    ///
    /// # Errors
    ///
    /// The state of the keys, if an authority still has none. The layer still serves requests: it keeps trying, and answers 503 for the tokens that it
    /// cannot judge.
    pub async fn warm_up(&self) -> Result<(), Health> {
        let authenticator = self.current.load_full();
        let eager = authenticator.authorities().into_iter();
        let cold = eager
            .filter(|authority| !authority.keys.is_on_demand() && authority.keys.is_undiscovered());
        let begin = |keys: &Arc<KeySource>| keys.fetch(Trigger::Schedule);
        let cold = cold.map(|authority| Arc::clone(&authority.keys));
        self.wait_for_all(cold.collect(), begin).await;
        let health = self.current.health();
        if health.is_ready() {
            Ok(())
        } else {
            Err(health)
        }
    }

    /// Fetches the keys of all authorities now, no matter when they were last fetched, and waits for the result. For an operator who knows that the keys have
    /// changed: each call asks the identity provider for two documents for each authority.
    ///
    /// # Errors
    ///
    /// The first authority's error, or [`FetchError::Timeout`] if the fetches together took longer than [`warm_up`](Self::warm_up) would wait. Known keys stay
    /// in use.
    pub async fn refresh_now(&self) -> Result<(), FetchError> {
        let authenticator = self.current.load_full();
        let authorities = authenticator.authorities();
        let sources: Vec<_> = authorities.iter().map(|it| Arc::clone(&it.keys)).collect();
        // A fetch under way may have begun before the keys changed.
        let under_way = |keys: &Arc<KeySource>| keys.under_way();
        self.wait_for_all(sources.clone(), under_way).await;
        let begin = |keys: &Arc<KeySource>| keys.fetch(Trigger::Operator);
        if !self.wait_for_all(sources, begin).await {
            return Err(FetchError::Timeout);
        }
        let error = authorities.iter().find_map(|it| it.keys.last_error());
        error.map_or(Ok(()), Err)
    }

    /// Waits for a fetch of each source, a limited number at once, and at most as long as these may take. Returns whether all have ended.
    async fn wait_for_all(
        &self,
        sources: Vec<Arc<KeySource>>,
        fetch: impl Fn(&Arc<KeySource>) -> Option<Fetching>,
    ) -> bool {
        self.current.ensure_running();
        let rounds = sources.len().div_ceil(MAX_CONCURRENT_FETCHES);
        let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
        let limit = self.current.load().config().keys.fetch_timeout;
        let limit = limit.saturating_mul(2).saturating_mul(rounds);
        let limit = self.current.shared().clock.sleep(limit);
        let fetches = stream::iter(sources).filter_map(|source| ready(fetch(&source)));
        let all = fetches.for_each_concurrent(MAX_CONCURRENT_FETCHES, |fetch| fetch);
        pin_mut!(all);
        matches!(select(all, limit).await, Either::Left(_))
    }

    /// Never uses a key again, for emergencies: tokens signed with it are refused from now on, even if the authority still publishes the key, the token was
    /// verified before, or its request is waiting.
    ///
    /// This holds for this layer and its clones, through every [swap](Self::swap_settings), and is saved in the [`key_snapshot`](Self::key_snapshot). A process that
    /// starts without that snapshot does not know it, so also write the key into [`forgotten_keys`](crate::Settings::forgotten_keys).
    ///
    /// An authority is recognised by its [name](crate::AuthoritySettings::name). If a swap gives it another name and leaves its metadata URL, the key stays
    /// forgotten under both names.
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
        self.current.forget(key);
    }

    /// The state of every authority's keys, for readiness probes. [Forgotten keys](Self::forget_key) are not counted.
    ///
    /// With [`refresh = "auto"`](crate::KeyRefresh::Auto) it also makes sure that the background task runs. It never fetches anything itself.
    pub fn health(&self) -> Health {
        self.current.health()
    }

    /// Who used which issuer, and whether the legacy issuers can be removed.
    #[cfg(feature = "migration")]
    pub fn migration_report(&self) -> MigrationReport {
        self.current.load().migration_report()
    }

    /// How many requests were accepted and refused, and why.
    pub fn decisions(&self) -> Decisions {
        self.current.shared().counters.read()
    }

    /// Everything counted so far, for [`B2cAuthBuilder::usage_snapshot`]. Save it every minute and at shutdown.
    #[cfg(feature = "migration")]
    pub fn usage_snapshot(&self) -> UsageSnapshot {
        self.current.load().usage_snapshot()
    }

    /// The fetched keys as they are now, with their ages and the keys forgotten by [`forget_key`](Self::forget_key), for [`B2cAuthBuilder::key_snapshot`].
    /// An authority whose keys have never been fetched is not included.
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
