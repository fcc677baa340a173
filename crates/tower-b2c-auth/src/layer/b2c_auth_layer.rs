//! The layer.

use std::sync::Arc;

use http::Extensions;
use tower_layer::Layer;

use super::{builder::B2cAuthBuilder, current::Current, service::B2cAuth};
use crate::{
    claims::{VerifiedClaims, record_of},
    settings::{Settings, SettingsError},
    token_source::TokenSource,
};

/// Protects a service with tokens from Azure AD B2C, Entra External ID or Entra ID.
///
/// For each request:
///
/// 1. The layer looks up the request's [route](crate::RouteSettings), if the settings have routes.
/// 2. It takes the token from `Authorization: Bearer …` (RFC 6750 §2.1), or from where [`TokenSettings`](crate::TokenSettings) say.
/// 3. It [checks the token](crate#what-is-checked-and-in-which-order): one of the authorities issued it, it is for this API, and it is currently valid.
/// 4. It checks the [required claims](crate::Settings::required_claims) and what the route requires.
/// 5. It puts [`VerifiedClaims`] into the request's extensions and calls the inner service.
/// 6. If one of these steps fails, the layer answers the request itself, and the inner service never sees it, except in
///    [report-only](crate::ReportOnly) mode. See the [table of refusals](crate#what-a-client-gets).
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
/// layer's clones and of the layers [derived](Self::reading_token_from) from it, and no others. Layers may be nested. Extractors then return the claims of
/// the innermost one; call [`claims`](Self::claims) on an outer layer for that layer's.
///
/// # The background task
///
/// One background task fetches the keys. The first request starts it, or the first call of a method that needs the keys, such as [`warm_up`](Self::warm_up).
/// It ends when the last of the layer's clones, derived layers and services is dropped. If it makes no progress, because its runtime has stopped or the
/// process is frozen between requests, the requests themselves fetch what is due; see [`KeyRefresh`](crate::KeyRefresh).
///
/// # Deployment
///
/// - Serve over TLS, or behind a proxy that does: a bearer token that is sent in clear can be used by anybody who reads it (RFC 6750 §5.2).
/// - Keep the clock right, for example with NTP. A clock that is behind by more than [`clock_skew`](crate::Settings::clock_skew) refuses new tokens, and one
///   that is ahead by more than that refuses tokens before they expire.
/// - Let the service reach the identity provider; the guide to [the network](crate::guide::network) lists hosts and ports. The identity provider is needed
///   once an hour, not for each request.
/// - Limit the rate of requests in front of the service. A forged token costs a signature check, as a good one does. If several authorities share its
///   issuer and key id, as the user flows of one tenant can, it costs one check for each of them.
/// - Each process is independent of all others: there is nothing to share, and replicas can be added at any time.
#[derive(Debug, Clone)]
#[must_use = "a layer does nothing until it is put on a router"]
pub struct B2cAuthLayer {
    pub(super) current: Arc<Current>,
    /// `None` means the place that the settings name.
    pub(super) token_source: Option<Arc<TokenSource>>,
}

impl B2cAuthLayer {
    /// Starts with empty settings. To [`build`](B2cAuthBuilder::build), add an audience, and an authority or a
    /// [source of tenants](B2cAuthBuilder::tenant_source).
    pub fn builder() -> B2cAuthBuilder {
        B2cAuthBuilder::default()
    }

    /// Makes a layer from settings, such as those read from a file.
    ///
    /// # Errors
    ///
    /// All the mistakes in the settings together, as [`B2cAuthBuilder::build`] reports them.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, Settings, b2c};
    ///
    /// let settings = Settings {
    ///     authorities: b2c("contoso").policy("B2C_1_signupsignin1").into(),
    ///     audiences: vec!["00001111-aaaa-2222-bbbb-3333cccc4444".into()],
    ///     ..Settings::default()
    /// };
    /// assert!(B2cAuthLayer::from_settings(settings).is_ok());
    ///
    /// // Empty settings would accept nothing; the error names everything that is missing.
    /// let error = B2cAuthLayer::from_settings(Settings::default()).unwrap_err();
    /// let fields: Vec<_> = error.mistakes().iter().map(|it| it.field.as_str()).collect();
    /// assert_eq!(fields, ["audiences", "authorities"]);
    /// ```
    pub fn from_settings(settings: Settings) -> Result<Self, SettingsError> {
        B2cAuthBuilder::from(settings).build()
    }

    /// Returns the claims that this layer verified, even if another layer lies between it and the handler. `None` if this layer did not authenticate the
    /// request.
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
        record_of(extensions, self.current.shared.layer)?.claims
    }
}

impl<S> Layer<S> for B2cAuthLayer {
    type Service = B2cAuth<S>;

    fn layer(&self, inner: S) -> B2cAuth<S> {
        B2cAuth {
            inner,
            layer: self.clone(),
        }
    }
}
