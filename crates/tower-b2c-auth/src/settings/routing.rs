//! Settings that apply to all routes.

use serde::{Deserialize, Serialize};

use super::top_level::is_default;

/// The `[routing]` table: settings that apply to all of [`routes`](super::Settings::routes).
///
/// ```
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use {axum::{Router, body::Body}, http::Request, tower::ServiceExt as _, tower_b2c_auth::test_util::TestTenant};
/// use tower_b2c_auth::{OtherRoutes, RouteSettings, RoutingSettings};
///
/// let tenant = TestTenant::new();
/// let auth = tenant
///     .builder()
///     .route(RouteSettings::new("/tasks/**"))
///     .routing(RoutingSettings { otherwise: OtherRoutes::Deny, ignore_case: true })
///     .build()?;
/// let app = Router::new().fallback(async || "in").layer(auth);
/// let status = async |path: &str| {
///     let request = Request::get(path).header("authorization", tenant.token().bearer()).body(Body::empty()).unwrap();
///     app.clone().oneshot(request).await.unwrap().status().as_u16()
/// };
/// assert_eq!(status("/Tasks/1").await, 200);
/// assert_eq!(status("/admin").await, 403);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
///
/// Choose `deny` if every path of the service has a route: a path that was forgotten then answers 403, which a test notices, instead of admitting everybody
/// with a token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoutingSettings {
    /// What happens to a request that no route covers: with `token` (the default) it needs a good token, and with `deny` it is answered with 403. `deny`
    /// needs at least one route.
    pub otherwise: OtherRoutes,
    /// Compares paths without regard to case, for services that do the same; no by default. If the service ignores case and the layer does not, a request
    /// for `/TASKS` escapes the rules of the route for `/tasks`, and the service still answers it as `/tasks`.
    #[serde(skip_serializing_if = "is_default")]
    pub ignore_case: bool,
}

/// What happens to a request that no route covers: the value of [`RoutingSettings::otherwise`].
///
/// ```
/// use tower_b2c_auth::{OtherRoutes, Settings};
///
/// assert_eq!(Settings::default().routing.otherwise, OtherRoutes::Token);
/// assert_eq!(Settings::from_toml("routing.otherwise = 'deny'")?.routing.otherwise, OtherRoutes::Deny);
/// assert!(Settings::from_toml("routing.otherwise = 'allow'").is_err());
/// # Ok::<(), tower_b2c_auth::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherRoutes {
    /// It is judged as if there were no routes: it needs a good token, unless [`allow_anonymous`](super::Settings::allow_anonymous) is set.
    #[default]
    Token,
    /// It is answered with 403.
    Deny,
}
