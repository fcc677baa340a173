//! What the requests to a path need.

use serde::{Deserialize, Serialize};

use super::RequiredClaim;

/// One entry of `[[routes]]`: which requests it covers, and what they need.
///
/// The longest path that covers a request decides, `/tasks` before `/tasks/**`. If entries name that path but none of them names the method, the answer is
/// 403. Two entries that say different things about the same host, path and method are refused when the layer is built.
///
/// With nothing else set, a request needs a good token. If several fields are set, a request must meet all of them.
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
/// // It says something else of GET /tasks/**.
/// let refused = auth.route(RouteSettings::new("/tasks/**").public()).build().unwrap_err();
/// assert_eq!(refused.mistakes()[0].field, "routes[3]");
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouteSettings {
    /// The hosts it applies to, without port; any by default. If one entry names hosts, all entries must.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// `/tasks` for this path alone, `/tasks/**` for it and everything below it. It is compared after the request's path is decoded, ignoring a trailing
    /// slash. A path that two programs could read differently, such as one with `..`, `//` or `%2f`, is refused with 400.
    pub path: String,
    /// The methods it covers; all by default. `GET` covers `HEAD` too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Whether `GET` does not cover `HEAD`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub exact_methods: bool,
    /// Passes on requests without a token, and without claims. A bad token is still refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub public: bool,
    /// The scopes that the token must have, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The roles that it must have, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The claims that it must have. With `match = "any"`, one of several values is enough.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<RequiredClaim>,
    /// The user flows and custom policies, one of which must have issued the token.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// The client applications. The token must have been issued to one of them; a token issued to another is answered with 403.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<String>,
    /// The [names](super::AuthoritySettings::name) of the authorities whose tokens are accepted here; all by default. A token from another authority is
    /// answered with 401. Policies of one tenant may share their keys, in which case each accepts the other's tokens: to tell those apart, set `policies`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<String>,
}

impl RouteSettings {
    /// A route for this path, or for everything below it if it ends with `/**`.
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            ..Self::default()
        }
    }

    /// Applies to this host, and to others only if they are named too.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Covers this method, and others only if they are named too.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.methods.push(method.into());
        self
    }

    /// Keeps `GET` from covering `HEAD`.
    #[must_use]
    pub fn exact_methods(mut self) -> Self {
        self.exact_methods = true;
        self
    }

    /// Passes on requests without a token.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.public = true;
        self
    }

    /// Requires this scope, and every other scope that is named.
    #[must_use]
    pub fn scope(mut self, name: impl Into<String>) -> Self {
        self.scopes.push(name.into());
        self
    }

    /// Requires this role, and every other role that is named.
    #[must_use]
    pub fn role(mut self, name: impl Into<String>) -> Self {
        self.roles.push(name.into());
        self
    }

    /// Requires this claim, and every other claim that is named.
    #[must_use]
    pub fn claim(mut self, claim: RequiredClaim) -> Self {
        self.claims.push(claim);
        self
    }

    /// Requires this policy, or another one that is named.
    #[must_use]
    pub fn policy(mut self, name: impl Into<String>) -> Self {
        self.policies.push(name.into());
        self
    }

    /// Requires this client application, or another one that is named.
    #[must_use]
    pub fn client(mut self, id: impl Into<String>) -> Self {
        self.clients.push(id.into());
        self
    }

    /// Requires a token from this authority, or from another one that is named.
    #[must_use]
    pub fn authority(mut self, name: impl Into<String>) -> Self {
        self.authorities.push(name.into());
        self
    }
}
