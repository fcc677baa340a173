//! How far a migration has come.

use serde::{Deserialize, Serialize};

/// How far a [migration](crate::migration) has come: the value of [`MigrationSettings::stage`](super::MigrationSettings::stage).
///
/// The stages are ordered, so reports of several replicas can be merged by the stage that is furthest behind.
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Legacy tokens are accepted and counted.
    #[default]
    Accept,
    /// Legacy tokens are accepted, and the responses announce the end: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`.
    Announce,
    /// Legacy tokens are refused with 401 `invalid_token` (RFC 6750 §3.1), and counted.
    Refuse,
}
