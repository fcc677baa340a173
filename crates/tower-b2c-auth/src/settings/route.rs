//! Rules for paths.

use serde::{Deserialize, Serialize};

use super::{RequiredClaim, one_or_many::one_or_many, top_level::is_default};

/// One entry of `[[routes]]`: which requests it covers, and what they need.
///
/// 1. The most specific path that covers a request decides: `/tasks` before `/tasks/**`, and that before `/**`.
/// 2. If there are entries for that path but none for the request's method, the answer is 403.
/// 3. If an entry says only which requests it covers, they need a good token. With `public` they need none; `scopes` and the other requirements add
///    conditions.
/// 4. A request that no entry covers follows [`RoutingSettings::otherwise`](super::RoutingSettings::otherwise).
///
/// Two entries that contradict each other about the same host, path and method are refused when the layer is built.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, RouteSettings, b2c};
///
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_signupsignin1"))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .route(RouteSettings::new("/health").public())
///     .route(RouteSettings::new("/tasks/**").method("GET").scope("tasks.read"))
///     .route(RouteSettings::new("/tasks/**").method("POST").scope("tasks.write"));
/// assert!(auth.clone().build().is_ok());
///
/// // It contradicts the entry for GET /tasks/**.
/// let refused = auth.route(RouteSettings::new("/tasks/**").public()).build().unwrap_err();
/// assert_eq!(refused.mistakes()[0].field, "routes[3]");
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
///
/// What requests then get:
///
/// ```
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use {axum::{Router, body::Body}, http::{Request, header::AUTHORIZATION}, tower::ServiceExt as _};
/// use tower_b2c_auth::{RouteSettings, test_util::TestTenant};
///
/// let tenant = TestTenant::new();
/// let auth = tenant
///     .builder()
///     .route(RouteSettings::new("/health").public())
///     .route(RouteSettings::new("/tasks/**").method("GET").scope("tasks.read"))
///     .build()?;
/// let app = Router::new().fallback(async || "in").layer(auth);
/// let reader = tenant.token().scope("tasks.read").bearer();
/// let status = async |method: &str, path: &str, with_token: bool| {
///     let mut request = Request::builder().method(method).uri(path);
///     if with_token {
///         request = request.header(AUTHORIZATION, &reader);
///     }
///     app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status().as_u16()
/// };
/// assert_eq!(status("GET", "/health", false).await, 200);
/// assert_eq!(status("GET", "/tasks/1", true).await, 200);
/// assert_eq!(status("HEAD", "/tasks/1", true).await, 200);
/// assert_eq!(status("GET", "/tasks/1", false).await, 401);
/// // The path has routes, but none for this method.
/// assert_eq!(status("DELETE", "/tasks/1", true).await, 403);
/// // A service could read this as `/health` or as `/tasks/../health`.
/// assert_eq!(status("GET", "/tasks/../health", true).await, 400);
/// // No route covers this, so it needs a good token.
/// assert_eq!(status("GET", "/other", true).await, 200);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
///
/// In a nested axum router, routes see the whole path only with the feature `axum`, which is on by default. Without it, add the layer to the outermost router:
/// in another one, a rule would be compared with the rest of the path.
///
/// Routes and [`require`](crate::B2cAuthLayer::require) can be combined: a request must pass both. Use routes where the rule should be visible in the
/// configuration or hold at the gateway too, and `require` where it belongs to the handler.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[must_use = "a route does nothing until it is given to the builder or to settings"]
pub struct RouteSettings {
    /// The hosts it applies to, in lower case and without port; any by default. If one entry names hosts, all entries must. No entry covers a request that
    /// names another host, so also set [`otherwise = "deny"`](super::RoutingSettings::otherwise), unless a proxy lets only these hosts through.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "one_or_many")]
    pub hosts: Vec<String>,
    /// `/tasks` for this path alone, `/tasks/**` for it and everything below it. It is compared after the request's path is decoded, ignoring a trailing
    /// slash. A path that two programs could read differently is refused with 400, such as one with `..`, `//` or `%2f`. `/%74asks`, which axum does not
    /// read as `/tasks`, is refused too, but only if different entries decide about the two paths. The same holds for a path with `%c3` in place of `%C3`.
    pub path: String,
    /// The methods it covers, in upper case; all by default. `GET` covers `HEAD` too.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "one_or_many")]
    pub methods: Vec<String>,
    /// Excludes `HEAD` from `GET`. Needs `methods`.
    #[serde(skip_serializing_if = "is_default")]
    pub exact_methods: bool,
    /// Passes on requests without a token; the handler then gets no claims. A bad token is still refused. Cannot be combined with a requirement.
    #[serde(skip_serializing_if = "is_default")]
    pub public: bool,
    /// The scopes that the token must have in `scp`: all of them, by their short names.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "one_or_many")]
    pub scopes: Vec<String>,
    /// The roles that it must have in `roles`: all of them.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "one_or_many")]
    pub roles: Vec<String>,
    /// The claims that it must have. With `match = "any"`, one of several values is enough.
    #[serde(skip_serializing_if = "is_default")]
    pub claims: Vec<RequiredClaim>,
    /// The user flows and custom policies, one of which must have issued the token.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "one_or_many")]
    pub policies: Vec<String>,
    /// The client applications. The token must have been issued to one of them; a token issued to another is answered with 403.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "one_or_many")]
    pub clients: Vec<String>,
    /// The [names](super::AuthoritySettings::name) of the authorities whose tokens are accepted here; all by default. A token from another authority is
    /// answered with 401. Policies of one tenant may share their keys; the authority of each then accepts the tokens of the others: to distinguish them, set
    /// `policies`.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "one_or_many")]
    pub authorities: Vec<String>,
}

impl RouteSettings {
    /// A route for this path, and for everything below it if it ends with `/**`.
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            ..Self::default()
        }
    }

    /// Whether it covers every request, so that no request is without a route.
    pub(crate) fn covers_everything(&self) -> bool {
        self.path == "/**" && self.hosts.is_empty() && self.methods.is_empty()
    }

    /// Applies only to this host. Call it once for each host.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Covers only this method. Call it once for each method.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.methods.push(method.into());
        self
    }

    /// Excludes `HEAD` from `GET`.
    pub fn exact_methods(mut self) -> Self {
        self.exact_methods = true;
        self
    }

    /// Passes on requests without a token.
    pub fn public(mut self) -> Self {
        self.public = true;
        self
    }

    /// Requires this scope. Call it once for each; the token must have all of them.
    pub fn scope(mut self, name: impl Into<String>) -> Self {
        self.scopes.push(name.into());
        self
    }

    /// Requires this role. Call it once for each; the token must have all of them.
    pub fn role(mut self, name: impl Into<String>) -> Self {
        self.roles.push(name.into());
        self
    }

    /// Requires this claim. Call it once for each; the token must meet all of them.
    pub fn claim(mut self, claim: RequiredClaim) -> Self {
        self.claims.push(claim);
        self
    }

    /// Requires a token from this user flow or custom policy. Call it once for each; one of them is enough.
    pub fn policy(mut self, name: impl Into<String>) -> Self {
        self.policies.push(name.into());
        self
    }

    /// Requires a token that was issued to this client application. Call it once for each; one of them is enough.
    pub fn client(mut self, id: impl Into<String>) -> Self {
        self.clients.push(id.into());
        self
    }

    /// Requires a token from this authority. Call it once for each; one of them is enough. This does not always tell the policies of one tenant apart; see
    /// [`authorities`](Self::authorities).
    pub fn authority(mut self, name: impl Into<String>) -> Self {
        self.authorities.push(name.into());
        self
    }
}
