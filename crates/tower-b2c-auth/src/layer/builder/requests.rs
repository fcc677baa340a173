//! What happens to requests.

use super::B2cAuthBuilder;
use crate::settings::{RefusalSettings, RouteSettings, RoutingSettings, TokenSettings};

/// # What happens to requests
impl B2cAuthBuilder {
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

    /// Sets what requests to a path need; see [`RouteSettings`].
    ///
    /// Unlike [`require`](crate::B2cAuthLayer::require), which belongs to a handler, a route is part of the settings and works without a router.
    ///
    /// The longest path decides. A route for exactly `/tasks` comes before `/tasks/**`, and the order of the calls has no effect. A request whose path has
    /// routes, but none for its method, is refused with 403, whatever its token.
    ///
    /// ```
    /// use axum::{Router, body::Body, routing::get};
    /// use http::{Request, header::AUTHORIZATION};
    /// use tower::ServiceExt as _;
    /// use tower_b2c_auth::RouteSettings;
    /// # #[cfg(feature = "test-util")]
    /// use tower_b2c_auth::test_util::TestTenant;
    ///
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tenant = TestTenant::new();
    /// let auth = tenant
    ///     .builder()
    ///     .route(RouteSettings::new("/health").public())
    ///     .route(RouteSettings::new("/tasks/**").method("GET").scope("tasks.read"))
    ///     .build()?;
    /// let app: Router = Router::new().fallback(get(async || "in").delete(async || "gone")).layer(auth);
    ///
    /// let status = async |method: &str, path: &str, scope: Option<&str>| {
    ///     let mut request = Request::builder().method(method).uri(path);
    ///     if let Some(scope) = scope {
    ///         request = request.header(AUTHORIZATION, tenant.token().scope(scope).bearer());
    ///     }
    ///     app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status().as_u16()
    /// };
    /// assert_eq!(status("GET", "/health", None).await, 200);
    /// assert_eq!(status("GET", "/tasks/7", Some("tasks.read")).await, 200);
    /// assert_eq!(status("GET", "/tasks/7", Some("tasks.list")).await, 403);
    /// assert_eq!(status("DELETE", "/tasks/7", Some("tasks.read")).await, 403);
    /// // Two programs could read this path differently.
    /// assert_eq!(status("GET", "/health/../tasks/7", None).await, 400);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    pub fn route(self, route: RouteSettings) -> Self {
        self.routes([route])
    }

    /// Adds several routes, as [`route`](Self::route) adds one.
    pub fn routes(mut self, routes: impl IntoIterator<Item = RouteSettings>) -> Self {
        self.settings.routes.extend(routes);
        self
    }

    /// Sets what is common to all routes, such as what happens to a request that none covers.
    ///
    /// Without it, a request that no route covers needs a good token and nothing more. [`OtherRoutes::Deny`](crate::OtherRoutes::Deny) refuses it instead,
    /// so that a path that nobody thought of stays closed. With no routes at all, `Deny` is a mistake, because every request would be refused:
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, OtherRoutes, RouteSettings, RoutingSettings, b2c};
    ///
    /// let deny = RoutingSettings { otherwise: OtherRoutes::Deny, ..RoutingSettings::default() };
    /// let builder = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").routing(deny);
    /// assert!(builder.clone().route(RouteSettings::new("/tasks/**")).build().is_ok());
    /// assert_eq!(builder.build().unwrap_err().mistakes()[0].field, "routing.otherwise");
    /// ```
    pub fn routing(mut self, routing: RoutingSettings) -> Self {
        self.settings.routing = routing;
        self
    }

    /// Also passes on requests without credentials; see [`Settings::allow_anonymous`](crate::Settings::allow_anonymous).
    ///
    /// A handler that takes no claims then runs without a token, unless a `require` or a route protects it. To serve everybody on single paths only, use a
    /// [public route](RouteSettings::public) instead.
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

    /// Passes on CORS preflights without a token; see [`Settings::allow_preflights`](crate::Settings::allow_preflights).
    ///
    /// ```
    /// use axum::{Router, body::Body, routing::get};
    /// use http::Request;
    /// use tower::ServiceExt as _;
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let auth = B2cAuthLayer::builder()
    ///     .authority(b2c("contoso").policy("B2C_1_a"))
    ///     .audience("api")
    ///     .allow_preflights()
    ///     .build()?;
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
    /// If a CORS layer outside this one answers preflights, as the guide to [the order of layers](crate::guide::order_of_layers#cors) recommends, leave this
    /// off.
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
    /// let auth = B2cAuthLayer::builder()
    ///     .authority(b2c("contoso").policy("B2C_1_a"))
    ///     .audience("api")
    ///     .danger_report_only()
    ///     .build()?;
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

    /// Names a header for a claim, or for the user's id (`user_id()`).
    ///
    /// The layer writes no header itself. It puts [`ClaimHeaders`](crate::ClaimHeaders) into the request's extensions, for a service that forwards requests.
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
}
