//! The builder: `Settings` in code, and the few values that no file can contain.

use std::{path::PathBuf, sync::Arc};

use b2c_verify::AcceptedTokens;

use super::{
    b2c_auth_layer::B2cAuthLayer,
    current::Current,
    default_fetch::{DefaultFetch, refuse_fetch_settings},
};
#[cfg(feature = "migration")]
use crate::migration::{Usage, UsageSnapshot};
use crate::{
    claims::LayerId,
    clock::{Clock, SystemClock},
    config::Need,
    decision::SharedState,
    keys::{Fetch, ForgottenKeys, KeyContext, KeySnapshot, NamedHosts},
    refusal::MakeRefusalBody,
    settings::{
        AuthoritySettings, DecryptionKeySettings, ForgottenKey, KeySettings, MigrationSettings,
        Mistakes, RefusalSettings, RequiredClaim, RouteSettings, RoutingSettings, Settings,
        SettingsError, TenantSettings, TextDuration, TokenSettings,
    },
    tenants::{TenantSource, Tenants},
};

/// Builds a [`B2cAuthLayer`].
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, b2c};
///
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_signupsignin1"))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .build();
/// assert!(auth.is_ok());
///
/// // Without an audience, tokens for every other API of the tenant would be accepted.
/// let refused = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_signupsignin1")).build();
/// assert_eq!(refused.unwrap_err().mistakes()[0].field, "audiences");
/// ```
///
/// # Where each value lives
///
/// Almost every method fills one field of [`Settings`], so a file can do the same, and [`B2cAuthLayer::swap_settings`] can change it later. These belong to
/// the process instead. They apply for the life of the layer, and no swap changes them:
///
/// | method | value |
/// |---|---|
/// | [`fetch`](Self::fetch) | the fetcher |
/// | [`clock`](Self::clock) | the clock |
/// | [`refusal_body`](Self::refusal_body) | the bodies of refusals |
/// | [`tenant_source`](Self::tenant_source), [`tenants`](Self::tenants) | the source of tenants, and its limits |
/// | [`key_snapshot`](Self::key_snapshot), [`usage_snapshot`](Self::usage_snapshot) | the state of an earlier process |
///
/// To start from a file and add these, use `B2cAuthBuilder::from(settings)`.
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct B2cAuthBuilder {
    settings: Settings,
    fetch: Option<Arc<dyn Fetch>>,
    clock: Option<Arc<dyn Clock>>,
    snapshot: Option<KeySnapshot>,
    #[cfg(feature = "migration")]
    usage: Option<UsageSnapshot>,
    refusal_body: Option<Arc<dyn MakeRefusalBody>>,
    tenant_source: Option<Arc<dyn TenantSource>>,
    tenants: TenantSettings,
}

impl B2cAuthBuilder {
    /// Adds an authority that was made by [`b2c`](crate::b2c), [`external_id`](crate::external_id), [`entra_id`](crate::entra_id),
    /// [`from_metadata`](crate::from_metadata), [`from_keys`](crate::from_keys) or [`from_jwks`](crate::from_jwks), or given as [`AuthoritySettings`].
    pub fn authority(mut self, authority: impl Into<Vec<AuthoritySettings>>) -> Self {
        self.settings.authorities.extend(authority.into());
        self
    }

    /// Asks this source for tenants that the settings do not name, when a token from an unknown issuer arrives; see [`TenantSource`]. With it, no authority
    /// is needed.
    ///
    /// The layer's own fetcher then refuses hosts with private or link-local addresses each time it resolves a name, except for hosts that the settings or
    /// [`TenantSettings::hosts`] name. A [fetcher of your own](Self::fetch) must do that itself. Behind an egress proxy, which resolves the names, the list
    /// of hosts is the only protection, so make the proxy refuse such addresses too.
    pub fn tenant_source(mut self, source: impl TenantSource) -> Self {
        self.tenant_source = Some(Arc::new(source));
        self
    }

    /// Sets how the [source of tenants](Self::tenant_source) is asked, and which hosts it may name.
    ///
    /// The numbers and durations are checked by [`build`](Self::build), even without a source.
    pub fn tenants(mut self, settings: TenantSettings) -> Self {
        self.tenants = settings;
        self
    }

    /// Accepts this value of `aud` (RFC 7519 §4.1.3): the application (client) id of this API. Call it once for each value.
    ///
    /// Without any audience, here or on each authority, [`build`](Self::build) fails: B2C signs the tokens of unrelated tenants and applications with one
    /// key, so the audience is what separates your API from other applications. For an Entra ID authority, an application id also stands for `api://<id>`.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.audiences.push(audience.into());
        self
    }

    /// Accepts this issuer in addition to the one that the metadata names. It is compared byte for byte, including a trailing slash.
    ///
    /// If there are several authorities, it belongs to those whose own issuers carry the same tenant id; see [`Settings::issuers`]. To set an authority's
    /// own issuers, use [`AuthorityBuilder::issuer`](crate::AuthorityBuilder::issuer).
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.settings.issuers.push(issuer.into());
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

    /// Sets what requests to a path need; see [`RouteSettings`].
    ///
    /// Unlike [`require`](B2cAuthLayer::require), which belongs to a handler, a route applies before the request is judged, and without axum too.
    pub fn route(self, route: RouteSettings) -> Self {
        self.routes([route])
    }

    /// Adds several routes, as [`route`](Self::route) adds one.
    pub fn routes(mut self, routes: impl IntoIterator<Item = RouteSettings>) -> Self {
        self.settings.routes.extend(routes);
        self
    }

    /// Sets what is common to all routes, such as what happens to a request that none covers.
    pub fn routing(mut self, routing: RoutingSettings) -> Self {
        self.settings.routing = routing;
        self
    }

    /// Takes the token from a place other than `Authorization: Bearer …`; see [`TokenSettings`] for the risks of each place.
    ///
    /// ```
    /// use axum::{Router, body::Body, routing::get};
    /// use http::{HeaderValue, Request, header::AUTHORIZATION};
    /// use tower::ServiceExt as _;
    /// use tower_b2c_auth::TokenSettings;
    /// # #[cfg(feature = "test-util")]
    /// use tower_b2c_auth::test_util::TestTenant;
    ///
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tenant = TestTenant::new();
    /// let token = TokenSettings { header: Some("x-access-token".into()), ..TokenSettings::default() };
    /// let app: Router = Router::new().route("/", get(async || "in")).layer(tenant.builder().token(token).build()?);
    /// let status = async |name: &str, value: HeaderValue| {
    ///     app.clone().oneshot(Request::get("/").header(name, value).body(Body::empty()).unwrap()).await.unwrap().status()
    /// };
    /// // The token alone, without `Bearer`.
    /// assert_eq!(status("x-access-token", tenant.token().sign().parse()?).await, 200);
    /// assert_eq!(status("x-access-token", tenant.token().bearer()).await, 400);
    /// assert_eq!(status(AUTHORIZATION.as_str(), tenant.token().bearer()).await, 401);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    pub fn token(mut self, token: TokenSettings) -> Self {
        self.settings.token = token;
        self
    }

    /// Refuses requests the way API Management does: with one status and a JSON body.
    ///
    /// ```
    /// use axum::{Router, body::{Body, to_bytes}, routing::get};
    /// use http::Request;
    /// use tower::ServiceExt as _;
    /// use tower_b2c_auth::{B2cAuthLayer, RefusalSettings, b2c};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let auth = B2cAuthLayer::builder()
    ///     .authority(b2c("contoso").policy("B2C_1_signupsignin1"))
    ///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
    ///     .refusal(RefusalSettings {
    ///         message: Some("Unauthorized. Access token is missing or invalid.".into()),
    ///         ..RefusalSettings::default()
    ///     })
    ///     .build()?;
    /// let app: Router = Router::new().route("/", get(async || "in")).layer(auth);
    ///
    /// let refused = app.oneshot(Request::get("/").body(Body::empty())?).await?;
    /// assert_eq!(refused.status(), 401);
    /// assert_eq!(refused.headers()["www-authenticate"], "Bearer");
    /// let body = to_bytes(refused.into_body(), 1024).await?;
    /// assert_eq!(body, r#"{"statusCode":401,"message":"Unauthorized. Access token is missing or invalid."}"#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn refusal(mut self, refusal: RefusalSettings) -> Self {
        self.settings.refusal = Some(refusal);
        self
    }

    /// Makes the bodies of refusals, which are otherwise empty; see [`MakeRefusalBody`]. If [`refusal`](Self::refusal) is set too, it still decides the status.
    pub fn refusal_body(mut self, body: impl MakeRefusalBody) -> Self {
        self.refusal_body = Some(Arc::new(body));
        self
    }

    /// Sets how much the issuer's clock and ours may differ. The default is 60 s, the maximum 5 minutes. It applies to `exp` and `nbf` (RFC 7519 §4.1.4),
    /// and to `iat` if there is a [`max_token_age`](Self::max_token_age).
    pub fn clock_skew(mut self, skew: impl Into<TextDuration>) -> Self {
        self.settings.clock_skew = skew.into();
        self
    }

    /// Refuses tokens whose total lifetime is longer than this; see [`Settings::max_token_lifetime`].
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

    /// Refuses tokens that were issued longer ago than this; see [`Settings::max_token_age`].
    ///
    /// The age is checked on every request, also for a token that was verified before. Clients then need a new token this often, even if theirs has not
    /// expired.
    pub fn max_token_age(mut self, limit: impl Into<TextDuration>) -> Self {
        self.settings.max_token_age = Some(limit.into());
        self
    }

    /// Sets when keys are fetched and how long they are kept; see [`KeySettings`].
    pub fn keys(mut self, keys: KeySettings) -> Self {
        self.settings.keys = keys;
        self
    }

    /// Also accepts tokens that grant nothing, neither a scope nor a role. Dangerous, because an ID token is such a token; see [`Settings::accept`].
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

    /// Trusts the private certificate authorities in this PEM file in addition to the platform's roots; see
    /// [`FetchSettings::ca_file`](crate::FetchSettings::ca_file).
    ///
    /// The file is read when the layer is built and at each swap of the settings; a file that is missing, or contains no PEM certificate, is a mistake:
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let layer = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").ca_file("/nowhere/ca.pem").build();
    /// assert_eq!(layer.unwrap_err().mistakes()[0].field, "fetch.ca_file");
    /// ```
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.fetch.ca_file = Some(path.into());
        self
    }

    /// Fetches through this proxy instead of the environment's; see [`FetchSettings::proxy`](crate::FetchSettings::proxy).
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.settings.fetch.proxy = Some(url.into());
        self
    }

    /// Sets the user name and the password for the [`proxy`](Self::proxy).
    ///
    /// The layer sends them as `Proxy-Authorization: Basic` (RFC 7617), in clear if the proxy's URL is `http`. They never appear in logs or errors.
    pub fn proxy_credentials(
        mut self,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        self.settings.fetch.proxy_user = Some(user.into());
        self.settings.fetch.proxy_password = Some(password.into().into());
        self
    }

    /// Ignores the proxies that the environment names; see [`FetchSettings::system_proxy`](crate::FetchSettings::system_proxy).
    ///
    /// Use it where the process has `HTTPS_PROXY` for other clients, and the identity provider is reached directly.
    pub fn no_system_proxy(mut self) -> Self {
        self.settings.fetch.system_proxy = false;
        self
    }

    /// Fetches metadata and keys with this fetcher: for another HTTP client, or where [`FetchSettings`](crate::FetchSettings) do not go far enough.
    /// [`ReqwestFetch::from`](crate::ReqwestFetch) takes a reqwest client. The layer's own limits on time and size apply to it too.
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Some(Arc::new(fetch));
        self
    }

    /// Uses another clock than the system's, for tests.
    ///
    /// [`ManualClock`](crate::ManualClock) stands still until a test moves it. It moves the dates in tokens, the ages of keys and every wait together.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Starts with the keys of an earlier process. The keys that it had forgotten stay forgotten. Keys that are too old are skipped, and so are authorities
    /// with a different metadata URL and issuers that the settings no longer allow. A key that had vanished expires when it would have expired in that
    /// process.
    ///
    /// A snapshot that cannot be used is a mistake that [`build`](Self::build) reports. It should not keep the service from starting:
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthBuilder, B2cAuthLayer, KeySnapshot, SettingsError, b2c};
    ///
    /// fn layer(saved: Option<&str>) -> Result<B2cAuthLayer, SettingsError> {
    ///     let builder = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api");
    ///     match saved.map(serde_json::from_str::<KeySnapshot>) {
    ///         Some(Ok(snapshot)) => builder.key_snapshot(snapshot).build(),
    ///         // No file, or one that this version cannot read: the layer fetches the keys.
    ///         _ => builder.build(),
    ///     }
    /// }
    /// let saved = serde_json::to_string(&layer(None)?.key_snapshot()).expect("a snapshot is JSON");
    /// assert!(layer(Some(&saved)).is_ok());
    /// assert!(layer(Some("damaged")).is_ok());
    /// # Ok::<(), SettingsError>(())
    /// ```
    pub fn key_snapshot(mut self, snapshot: KeySnapshot) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    /// Continues the counts of an earlier process, so that a restart keeps the evidence for a [migration](crate::migration).
    ///
    /// If no process was counting for more than two minutes, the quiet period starts over.
    #[cfg(feature = "migration")]
    pub fn usage_snapshot(mut self, snapshot: UsageSnapshot) -> Self {
        self.usage = Some(snapshot);
        self
    }

    /// Sets up a move from one issuer to another; see [`MigrationSettings`].
    pub fn migration(mut self, migration: MigrationSettings) -> Self {
        self.settings.migration = Some(migration);
        self
    }

    /// Also passes on requests without credentials; see [`Settings::allow_anonymous`].
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
    /// let tenant = TestTenant::new();
    /// let auth = tenant.builder().allow_anonymous().build()?;
    /// let greet = get(async |claims: Option<VerifiedClaims>| if claims.is_some() { "welcome back" } else { "hello" });
    /// let app: Router = Router::new()
    ///     .route("/", greet)
    ///     .route("/tasks", get(async |_: VerifiedClaims| "yours").layer(auth.require(scope("tasks.read"))))
    ///     .layer(auth);
    ///
    /// let anonymous = async |path: &str| app.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap().status();
    /// assert_eq!(anonymous("/").await, 200);
    /// assert_eq!(anonymous("/tasks").await, 401);
    ///
    /// // A bad token is not the same as none.
    /// let bad = Request::get("/").header(AUTHORIZATION, "Bearer expired").body(Body::empty())?;
    /// assert_eq!(app.oneshot(bad).await?.status(), 401);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    pub fn allow_anonymous(mut self) -> Self {
        self.settings.allow_anonymous = true;
        self
    }

    /// Passes on CORS preflights without a token; see [`Settings::allow_preflights`].
    ///
    /// ```
    /// use axum::{Router, body::Body, routing::get};
    /// use http::Request;
    /// use tower::ServiceExt as _;
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").allow_preflights().build()?;
    /// // The service answers its own preflights.
    /// let app: Router = Router::new().route("/tasks", get(async || "yours").options(async || "allowed")).layer(auth);
    ///
    /// let options = || Request::options("/tasks").header("origin", "https://app.contoso.com");
    /// let preflight = options().header("access-control-request-method", "GET").body(Body::empty())?;
    /// assert_eq!(app.clone().oneshot(preflight).await?.status(), 200);
    ///
    /// // Any other `OPTIONS` needs a token.
    /// assert_eq!(app.oneshot(options().body(Body::empty())?).await?.status(), 401);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// If a CORS layer outside this one answers preflights, as in [the order of layers](crate::guide::order_of_layers#cors), leave this off.
    pub fn allow_preflights(mut self) -> Self {
        self.settings.allow_preflights = true;
        self
    }

    /// Judges and counts, but refuses nothing: for trying out the layer alongside the API's present protection. See [`ReportOnly`](crate::ReportOnly).
    ///
    /// ```
    /// use axum::{Router, body::Body, routing::get};
    /// use http::Request;
    /// use tower::ServiceExt as _;
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").danger_report_only().build()?;
    /// let app: Router = Router::new().route("/tasks", get(async || "yours")).layer(auth.clone());
    /// let status = async || app.clone().oneshot(Request::get("/tasks").body(Body::empty()).unwrap()).await.unwrap().status();
    ///
    /// assert_eq!(status().await, 200);
    /// assert_eq!(auth.decisions().refused["missing_credentials"], 1);
    ///
    /// // From here on, the layer protects the route.
    /// auth.update_settings(|settings| settings.danger_report_only = false)?;
    /// assert_eq!(status().await, 401);
    /// # Ok(())
    /// # }
    /// ```
    pub fn danger_report_only(mut self) -> Self {
        self.settings.danger_report_only = true;
        self
    }

    /// Accepts these signature algorithms, by their RFC 7518 names, instead of RS256 alone; see [`Settings::algorithms`].
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

    /// Accepts tokens without `exp`, which are valid forever. See [`Settings::require_expiration_time`].
    ///
    /// Dangerous: a token without `exp` that has leaked is good until its key is withdrawn. [`max_token_age`](Self::max_token_age) limits such tokens by
    /// their `iat`.
    pub fn danger_accept_no_expiration(mut self) -> Self {
        self.settings.require_expiration_time = false;
        self
    }

    /// Assigns each [`issuer`](Self::issuer) to every authority. Dangerous; see [`Settings::danger_pool_issuers`].
    pub fn danger_pool_issuers(mut self) -> Self {
        self.settings.danger_pool_issuers = true;
        self
    }

    /// Never uses this key, even if an authority publishes it; see [`Settings::forgotten_keys`].
    ///
    /// A key in the settings is forgotten for as long as they list it, so it stays forgotten across restarts. [`B2cAuthLayer::forget_key`] takes effect
    /// without a change of the settings.
    pub fn forgotten_key(mut self, key: ForgottenKey) -> Self {
        self.settings.forgotten_keys.push(key);
        self
    }

    /// Decrypts tokens that are encrypted for this key; see [`Settings::decryption_keys`].
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, DecryptionKeySettings, b2c};
    ///
    /// let key = DecryptionKeySettings::from_file("/nowhere/key.pem").id("2026-11");
    /// let layer = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").decryption_key(key).build();
    /// // Where a key cannot be read, the layer is not built: encrypted tokens would be refused.
    /// assert_eq!(layer.unwrap_err().mistakes()[0].field, "decryption_keys[0]");
    /// ```
    ///
    /// To rotate the key, add the new one, have the issuer encrypt for it, and remove the old one once the last token that was encrypted for it has
    /// expired. Each step is a swap of the settings.
    pub fn decryption_key(mut self, key: DecryptionKeySettings) -> Self {
        self.settings.decryption_keys.push(key);
        self
    }

    /// Writes a claim into a header; see [`ClaimHeaders`](crate::ClaimHeaders).
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let layer = |header: &str| {
    ///     B2cAuthLayer::builder()
    ///         .authority(b2c("contoso").policy("B2C_1_signupsignin1"))
    ///         .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
    ///         .claim_header(header, "user_id()")
    ///         .build()
    /// };
    /// assert!(layer("x-auth-subject").is_ok());
    /// // HTTP uses this header itself.
    /// assert_eq!(layer("content-length").unwrap_err().mistakes()[0].field, "claim_headers");
    /// ```
    pub fn claim_header(mut self, header: impl Into<String>, claim: impl Into<String>) -> Self {
        self.settings
            .claim_headers
            .insert(header.into(), claim.into());
        self
    }

    /// Sets how many bytes the cache of verified tokens may hold. The default is 16 MiB; zero switches it off.
    ///
    /// A typical B2C token takes 1.5 kB, so the default holds about 11,000 tokens. Size it by the number of users who come within one token lifetime. If it
    /// is too small, evicted tokens are verified again, at the cost of a signature check each. A swap of the settings starts with an empty cache.
    pub fn verified_token_cache_bytes(mut self, bytes: u64) -> Self {
        self.settings.verified_token_cache_bytes = bytes;
        self
    }

    /// Returns the settings so far.
    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// Checks the settings and makes the layer. Nothing is fetched yet, and no runtime is needed.
    ///
    /// The checks cover everything that can be checked without the network. A wrong tenant or an unreachable host shows only when its metadata is fetched:
    /// call [`warm_up`](B2cAuthLayer::warm_up) to wait for that, or watch [`health`](B2cAuthLayer::health).
    ///
    /// # Errors
    ///
    /// All the mistakes together, each with the field, the value and how to correct it.
    ///
    /// Beyond the settings themselves, it reports [`TenantSettings`] outside their bounds, an unusable [key snapshot](Self::key_snapshot), a
    /// [`FetchSettings`](crate::FetchSettings) table together with a [fetcher of your own](Self::fetch), authorities with metadata to fetch in a build
    /// without the feature `fetch`, and a platform whose root certificates cannot be loaded.
    pub fn build(self) -> Result<B2cAuthLayer, SettingsError> {
        Ok(B2cAuthLayer::new(self.current()?))
    }

    fn current(self) -> Result<Current, SettingsError> {
        let settings = self.settings;
        let mut mistakes = Mistakes::default();
        let tenant_rules = self.tenants.check(&mut mistakes);
        let tenant_rules = mistakes.finish(tenant_rules)?;
        let need = match self.tenant_source {
            Some(_) => Need::None,
            None => Need::AtLeastOne,
        };
        let config = settings.check(need)?;
        let named = NamedHosts::default();
        let clock = self
            .clock
            .unwrap_or_else(|| Arc::new(SystemClock::default()));
        #[cfg(feature = "migration")]
        let usage = match &self.usage {
            Some(snapshot) => Usage::restored(snapshot, &*clock),
            None => Usage::new(&*clock),
        };
        let (fetch, default_fetch): (Arc<dyn Fetch>, _) = match self.fetch {
            Some(fetch) => {
                refuse_fetch_settings(&settings)?;
                (fetch, None)
            }
            None => {
                let default_fetch = DefaultFetch::of(&config, self.tenant_source.is_some());
                (default_fetch.make(&named)?, Some(default_fetch))
            }
        };
        let keys = Arc::new(KeyContext::new(Arc::clone(&clock), fetch));
        let tenants = self.tenant_source.map(|source| {
            let tenants = Tenants::new(source, tenant_rules, Arc::clone(&keys));
            Arc::new(tenants)
        });
        let shared = SharedState {
            layer: LayerId::next(),
            keys,
            tenants,
            clock,
            forgotten: ForgottenKeys::default(),
            waiting: Arc::default(),
            #[cfg(feature = "migration")]
            usage,
            counters: Default::default(),
            refusal_body: self.refusal_body,
        };
        let current = Current::new(settings, config, Arc::new(shared), default_fetch, named);
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
