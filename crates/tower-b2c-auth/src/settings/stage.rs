//! How far a migration has come.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How far a [migration](crate::migration) has come: the value of [`MigrationSettings::stage`](super::MigrationSettings::stage).
///
/// The stages are ordered, so the merged report of several replicas can name the stage that is furthest behind.
///
/// ```
/// use tower_b2c_auth::{Settings, migration::Stage};
///
/// let stage = |text: &str| Settings::from_toml(text).map(|it| it.migration.map(|it| it.stage));
/// assert_eq!(stage("[migration]")?, Some(Stage::Accept));
/// assert_eq!(stage("[migration]\nstage = 'announce'")?, Some(Stage::Announce));
/// assert!(stage("[migration]\nstage = 'done'").is_err());
/// assert!(Stage::Accept < Stage::Refuse);
/// # Ok::<(), tower_b2c_auth::ParseError>(())
/// ```
///
/// What a client sees at each stage:
///
/// ```
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use {axum::{Router, body::Body, routing::get}, http::{Request, header::AUTHORIZATION}, tower::ServiceExt as _};
/// use tower_b2c_auth::{MigrationSettings, migration::Stage, test_util::TestTenant};
///
/// let tenant = TestTenant::new();
/// let auth = tenant
///     .builder()
///     .migration(MigrationSettings {
///         stage: Stage::Announce,
///         sunset: Some("2999-03-31T00:00:00Z".into()),
///         notice: Some("https://contoso.example/moving".into()),
///         ..MigrationSettings::from_issuer(TestTenant::ISSUER)
///     })
///     .build()?;
/// let app = Router::new().route("/", get(async || "in")).layer(auth.clone());
/// let send = async || {
///     let request = Request::get("/").header(AUTHORIZATION, tenant.token().bearer()).body(Body::empty()).unwrap();
///     app.clone().oneshot(request).await.unwrap()
/// };
///
/// let announced = send().await;
/// assert_eq!(announced.status(), 200);
/// assert_eq!(announced.headers()["deprecation"], "@0");
/// assert_eq!(announced.headers()["sunset"], "Sun, 31 Mar 2999 00:00:00 GMT");
/// assert_eq!(announced.headers()["link"], r#"<https://contoso.example/moving>; rel="deprecation""#);
///
/// // The next stage is a change of the settings, without a restart.
/// auth.update_settings(|settings| settings.migration.as_mut().unwrap().stage = Stage::Refuse)?;
/// let refused = send().await;
/// assert_eq!(refused.status(), 401);
/// assert!(refused.headers()["www-authenticate"].to_str()?.contains(r#"error="invalid_token""#));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Legacy tokens are accepted and counted.
    #[default]
    Accept,
    /// Legacy tokens are accepted, and the responses announce the end: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) if `sunset` is set, and `Link` if
    /// `notice` is set.
    Announce,
    /// Legacy tokens are refused with 401 `invalid_token` (RFC 6750 §3.1), and counted.
    Refuse,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "accept",
            Self::Announce => "announce",
            Self::Refuse => "refuse",
        })
    }
}
