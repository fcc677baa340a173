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
/// A clone shares everything with the original, including its identity: a route's [requirement](Self::require) trusts the claims of its own layer, of that
/// layer's clones and of the layers [derived](Self::reading_token_from) from it, and no others. Layers may be nested. Handlers then get the claims of the
/// innermost one, and [`claims`](Self::claims) returns those of any other.
///
/// # The background task
///
/// One background task fetches the keys. The first request starts it, and it ends when the last clone is dropped. Where it cannot run, requests fetch what
/// is due; see [`KeyRefresh`](crate::KeyRefresh).
///
/// # Deployment
///
/// - Serve over TLS, or behind a proxy that does: a bearer token that is sent in clear can be used by anybody who reads it (RFC 6750 §5.2).
/// - Keep the clock right, for example with NTP. A clock that is behind by more than [`clock_skew`](crate::Settings::clock_skew) refuses new tokens, and one
///   that is ahead refuses tokens before they expire.
/// - Let the service reach the identity provider; [the network](crate::guide::network) lists hosts and ports. It is needed once an hour, not for each
///   request.
/// - Limit the rate of requests in front of the service. A forged token costs about as much as a good one: one signature check.
/// - Each process is independent of all others: there is nothing to share, and replicas can be added at any time.
#[derive(Debug, Clone)]
#[must_use = "a layer does nothing until it is put on a router"]
pub struct B2cAuthLayer {
    pub(super) current: Arc<Current>,
    /// `None` means the place that the settings name.
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

    /// Makes a layer for single routes that looks up the user of each request, by issuer and user id, for what the token does not say. Put it inside this
    /// layer. Handlers get the result as [`LookedUp<T>`](crate::LookedUp), which shows an example.
    ///
    /// After a move to another issuer, the same person has another user id. A look-up that knows both ids gives handlers one user of the service's own:
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

    /// Returns this layer, but reading the token from another place, for routes whose clients cannot set a header, such as a browser's WebSockets. It
    /// shares everything else with this one.
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

    /// Returns the claims that this layer verified, even if another layer lies between it and the handler. `None` if this layer did not authenticate the
    /// request.
    ///
    /// In nested layers, an extractor has the claims of the innermost one, and this has those of any other:
    ///
    /// ```
    /// use axum::{Router, body::{Body, to_bytes}, extract::Request, routing::get};
    /// use http::header::AUTHORIZATION;
    /// use tower::ServiceExt as _;
    /// use tower_b2c_auth::{TokenSettings, VerifiedClaims};
    /// # #[cfg(feature = "test-util")]
    /// use tower_b2c_auth::test_util::TestTenant;
    ///
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tenant = TestTenant::new();
    /// let customers = tenant.layer();
    /// let staff = TokenSettings { header: Some("x-staff-token".into()), ..TokenSettings::default() };
    /// let staff = tenant.builder().audience("staff-api").token(staff).build()?;
    ///
    /// let outer = customers.clone();
    /// let act = get(async move |agent: VerifiedClaims, request: Request| {
    ///     let customer = outer.claims(request.extensions()).unwrap();
    ///     format!("{} for {}", agent.user_id().unwrap_or_default(), customer.user_id().unwrap_or_default())
    /// });
    /// let app: Router = Router::new().route("/", act).layer(staff).layer(customers);
    ///
    /// let request = || Request::get("/").header(AUTHORIZATION, tenant.token().claim("oid", "alex").bearer());
    /// let agent = tenant.token().claim("aud", "staff-api").claim("oid", "bo").sign();
    /// let answer = app.clone().oneshot(request().header("x-staff-token", agent).body(Body::empty())?).await?;
    /// assert_eq!(to_bytes(answer.into_body(), 1024).await?, "bo for alex");
    ///
    /// assert_eq!(app.oneshot(request().body(Body::empty())?).await?.status(), 401);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    pub fn claims(&self, extensions: &Extensions) -> Option<VerifiedClaims> {
        record_of(extensions, self.current.shared().layer)?.claims
    }

    /// Puts other settings into force, for this layer and all its clones, without losing a request: each request is judged entirely by the old settings or
    /// entirely by the new ones. An authority that is in both keeps its fetched keys.
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
    /// | fetched keys, fetches under way, and the budget for unknown key ids | kept, if metadata URL, algorithms and `keys_host` of the authority are the same |
    /// | keys forgotten by [`forget_key`](Self::forget_key) | kept |
    /// | [`forgotten_keys`](Settings::forgotten_keys) | those of the new settings, also for requests that are waiting |
    /// | verified tokens | judged again, because the rules may have changed: each costs a signature check once |
    /// | waiting requests | judged by the settings they arrived under; refused if their authority is gone |
    /// | [`decisions`](Self::decisions), usage for the [migration report](Self::migration_report) | counting continues |
    /// | tenants from a [source](crate::TenantSource), users [looked up](Self::look_up) | kept |
    /// | files that the settings name, such as [`ca_file`](crate::FetchSettings::ca_file) | read again |
    /// | what only the [builder](B2cAuthBuilder#where-each-value-lives) can set | kept |
    ///
    /// # Errors
    ///
    /// All the mistakes in the settings together; if there are any, nothing changes.
    pub fn swap_settings(&self, settings: &Settings) -> Result<(), SettingsError> {
        self.current.swap(settings.clone())
    }

    /// Returns the settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        self.current.settings()
    }

    /// Changes the settings in force atomically, as [`swap_settings`](Self::swap_settings) does, so that concurrent changes are not lost. `change` must not
    /// call this layer's methods that change settings: they would deadlock.
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
    /// All the mistakes in the settings together; if there are any, nothing changes.
    pub fn update_settings(&self, change: impl FnOnce(&mut Settings)) -> Result<(), SettingsError> {
        self.current.update(change)
    }

    /// Adds authorities while requests are being judged, without a pause and without touching the others: their keys and verified tokens are kept. An added
    /// authority is [on demand](AuthoritySettings::on_demand) unless its keys are inline, and is part of the [settings](Self::settings) from then on. For
    /// an eager one, use [`update_settings`](Self::update_settings).
    ///
    /// Adding becomes a [swap](Self::swap_settings) if it affects existing authorities: if it adds a legacy authority, further algorithms, or the second
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
    /// All the mistakes in the added authorities together; if there are any, none is added.
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
    /// If [routes](crate::RouteSettings::authorities) name the authority, which then stays. Use [`update_settings`](Self::update_settings) to remove it
    /// from them and from the settings in one step, which takes effect just as soon.
    pub fn remove_authority(&self, name: &str) -> Result<bool, SettingsError> {
        self.current.remove(name)
    }

    /// Waits for the first fetch of every authority that is not on demand, so that the first request does not have to.
    ///
    /// It waits for at most twice [`fetch_timeout`](crate::KeySettings::fetch_timeout) for each 32 authorities, rounded up.
    ///
    /// Whether to wait is a choice. A service that waits, and exits on an error, cannot start while the identity provider is down; with
    /// [`B2cAuthBuilder::key_snapshot`], it starts with the keys of the process before.
    ///
    /// ```
    /// use std::{future::ready, pin::Pin};
    /// use tower_b2c_auth::{B2cAuthLayer, Fetch, FetchError, b2c};
    ///
    /// /// An identity provider that is down.
    /// #[derive(Debug)]
    /// struct Down;
    ///
    /// impl Fetch for Down {
    ///     fn get(&self, _: &str, _: usize) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
    ///         Box::pin(ready(Err(FetchError::Connect)))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let contoso = b2c("contoso").policy("B2C_1_signupsignin1");
    /// let layer = |authority| B2cAuthLayer::builder().authority(authority).audience("api").fetch(Down).build();
    ///
    /// let health = layer(contoso.clone())?.warm_up().await.unwrap_err();
    /// assert!(health.to_string().contains("contoso/B2C_1_signupsignin1"));
    ///
    /// // On demand, its keys are fetched for its first token, so there is nothing to wait for.
    /// assert!(layer(contoso.on_demand())?.warm_up().await.is_ok());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The state of the keys, if the layer is still not [ready](Health::is_ready). The layer works nevertheless: it keeps trying, and answers tokens that
    /// it cannot judge with 503.
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

    /// Fetches the keys of all authorities now, no matter when they were last fetched, and waits for the result. Call it when you know that the keys have
    /// changed: each call requests two documents for each authority.
    ///
    /// Regular fetches, and tokens with unknown key ids, find new keys without this. It is for maintenance, for example after the operator has withdrawn a
    /// key at the identity provider. A key that vanishes in this fetch stays in use for [`retired_key_grace`](crate::KeySettings::retired_key_grace); to
    /// refuse it at once, use [`forget_key`](Self::forget_key). Inline keys are not affected.
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

    /// Waits for a fetch of each source, with limited concurrency and for at most the time that these fetches may take. Returns whether all have ended.
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

    /// Forgets a key for good, in an emergency such as a stolen signing key: tokens signed with it are refused from now on, even if the authority still
    /// publishes the key, the token was verified before, or its request is waiting.
    ///
    /// This holds for this layer and its clones, through every [swap](Self::swap_settings), and is saved in the [`key_snapshot`](Self::key_snapshot). A process that
    /// starts without that snapshot does not know it, so also write the key into [`forgotten_keys`](crate::Settings::forgotten_keys).
    ///
    /// An authority is identified by its [name](crate::AuthoritySettings::name). If a swap changes its name but not its metadata URL, the key stays
    /// forgotten under both names.
    ///
    /// ```
    /// use tower_b2c_auth::ForgottenKey;
    /// # #[cfg(feature = "test-util")]
    /// use tower_b2c_auth::test_util::TestTenant;
    ///
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let tenant = TestTenant::new();
    /// let auth = tenant.layer();
    /// let token = tenant.token().sign();
    /// assert!(auth.authenticate(&token).await.is_ok());
    ///
    /// // B2C signs with one key for many tenants: forget it for one authority, or for all.
    /// let name = auth.health().authorities()[0].authority.clone();
    /// auth.forget_key(ForgottenKey::of(name, "another"));
    /// assert!(auth.authenticate(&token).await.is_ok());
    /// auth.forget_key(ForgottenKey::everywhere("test"));
    /// assert_eq!(auth.authenticate(&token).await.unwrap_err().reason(), "unknown_key");
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    pub fn forget_key(&self, key: ForgottenKey) {
        self.current.forget(key);
    }

    /// Returns the state of every authority's keys, for readiness probes. [Forgotten keys](Self::forget_key) are not counted.
    ///
    /// With [`refresh = "auto"`](crate::KeyRefresh::Auto), it also starts the background task if necessary. It never fetches anything itself.
    ///
    /// For a liveness probe, answer 200 without asking the layer: a restart does not bring back an identity provider.
    pub fn health(&self) -> Health {
        self.current.health()
    }

    /// Returns who used which issuer, and whether the legacy issuers can be removed.
    ///
    /// It covers this process only: merge the reports of all replicas with [`MigrationReport::merge`] or `b2c-auth migration-report`. Serve it as JSON to
    /// operators alone, because it names client applications:
    ///
    /// ```
    /// use axum::{Json, Router, extract::State, routing::get};
    /// use tower_b2c_auth::{B2cAuthLayer, b2c, migration::{MigrationReport, Verdict}};
    ///
    /// async fn report(State(auth): State<B2cAuthLayer>) -> Json<MigrationReport> {
    ///     Json(auth.migration_report())
    /// }
    ///
    /// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
    /// let for_operators: Router = Router::new().route("/migration", get(report)).with_state(auth.clone());
    /// // Without a `[migration]` table, there is nothing to retire.
    /// assert_eq!(auth.migration_report().verdict, Verdict::SafeToRemove);
    /// # let _ = for_operators;
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    #[cfg(feature = "migration")]
    pub fn migration_report(&self) -> MigrationReport {
        self.current.load().migration_report()
    }

    /// Returns how many requests were accepted and refused, and why.
    ///
    /// The counts include requests to every clone and derived layer, and verdicts of [`authenticate`](Self::authenticate). Reading them does not slow
    /// requests down.
    ///
    /// For Prometheus, without any further library:
    ///
    /// ```
    /// use std::fmt::Write as _;
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// fn metrics(auth: &B2cAuthLayer) -> String {
    ///     let decisions = auth.decisions();
    ///     let mut text = String::from("# TYPE auth_requests_total counter\n");
    ///     let _ = writeln!(text, "auth_requests_total{{decision=\"accepted\"}} {}", decisions.accepted);
    ///     let _ = writeln!(text, "auth_requests_total{{decision=\"anonymous\"}} {}", decisions.anonymous);
    ///     for (reason, count) in &decisions.refused {
    ///         let _ = writeln!(text, "auth_requests_total{{decision=\"{reason}\"}} {count}");
    ///     }
    ///     text
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
    /// assert!(auth.authenticate("nonsense").await.is_err());
    /// assert!(metrics(&auth).contains("auth_requests_total{decision=\"malformed_shape\"} 1\n"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn decisions(&self) -> Decisions {
        self.current.shared().counters.read()
    }

    /// Returns everything counted so far, for [`B2cAuthBuilder::usage_snapshot`]. Save it every minute and at shutdown.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower_b2c_auth::B2cAuthLayer;
    ///
    /// /// Saves the counts once a minute. Writes a new file and renames it, so that a crash leaves the old one.
    /// async fn keep_usage(auth: B2cAuthLayer) -> std::io::Result<()> {
    ///     loop {
    ///         let usage = serde_json::to_vec(&auth.usage_snapshot())?;
    ///         tokio::fs::write("usage.json.new", usage).await?;
    ///         tokio::fs::rename("usage.json.new", "usage.json").await?;
    ///         tokio::time::sleep(Duration::from_secs(60)).await;
    ///     }
    /// }
    /// ```
    #[cfg(feature = "migration")]
    pub fn usage_snapshot(&self) -> UsageSnapshot {
        self.current.load().usage_snapshot()
    }

    /// Returns the current fetched keys, their ages and the keys forgotten by [`forget_key`](Self::forget_key), for [`B2cAuthBuilder::key_snapshot`]. An
    /// authority whose keys have never been fetched is not included.
    ///
    /// Save it after each change of the keys, or every few minutes, and at shutdown: a process that starts with it accepts the keys that are still within
    /// [`max_stale`](crate::KeySettings::max_stale).
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
