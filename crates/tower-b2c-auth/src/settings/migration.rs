//! The `[migration]` table.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Secret, Stage, TextDuration, one_or_many::one_or_many, top_level::is_default};

/// The `[migration]` table, a move from one issuer to another: which issuer is retired, how far the move has come, and when it ends. See
/// [`migration`](crate::migration).
///
/// If the legacy issuer has the same keys as an authority, name it in `legacy_issuers`. If it has other keys, configure it as an authority with
/// `legacy = true`. Without either, the settings are refused.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, MigrationSettings, b2c};
///
/// let layer = |migration| B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").migration(migration).build();
/// let legacy = "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
/// let migration = MigrationSettings { sunset: Some("2027-03-31T00:00:00Z".into()), ..MigrationSettings::from_issuer(legacy) };
/// assert!(layer(migration.clone()).is_ok());
///
/// let error = layer(MigrationSettings { sunset: Some("31 March".into()), ..migration }).unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "migration.sunset");
/// ```
///
/// A change of the stage is a [swap](crate::B2cAuthLayer::swap_settings): it takes effect with the next request, and going back to an earlier stage is
/// possible at any time. The counts outlive swaps; to keep them across restarts, save a [`usage_snapshot`](crate::B2cAuthLayer::usage_snapshot).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MigrationSettings {
    /// Issuers to retire; compared byte for byte. Which authority's keys may sign for them is determined as for
    /// [`Settings::issuers`](super::Settings::issuers).
    #[serde(deserialize_with = "one_or_many")]
    pub legacy_issuers: Vec<String>,
    /// What happens to legacy tokens: `accept`, `announce` or `refuse`. Default `accept`.
    pub stage: Stage,
    /// The instant (RFC 3339, in UTC) from which legacy tokens are refused, whatever the stage; never by default. At the stage `announce`, responses
    /// announce it in `Sunset` (RFC 8594).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sunset: Option<String>,
    /// The instant (RFC 3339, in UTC) since which the legacy issuers have been deprecated, for the `Deprecation` header (RFC 9745). By default the header
    /// says 1970. Must not be later than `sunset` (RFC 9745 §4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated_since: Option<String>,
    /// The URL of a notice for the owners of client applications, for the `Link` header with `rel="deprecation"` (RFC 9745 §3); none by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// How long a legacy issuer must be unused before the report says that it can be removed. Default `7d`: with only a day or two, an application that runs
    /// only on weekdays would go unnoticed over a weekend. At least one second.
    pub quiet_period: TextDuration,
    /// Whether the report says how many users of each client application still use a legacy issuer. Default `false`. It needs a salt, and the Cargo feature
    /// `migration`.
    #[serde(skip_serializing_if = "is_default")]
    pub count_users: bool,
    /// The secret with which users are hashed before they are counted, at least 32 bytes. It must be the same at all replicas, and must not change
    /// while they count. Anybody who knows it can find out whether a certain user was counted. `openssl rand -base64 32` makes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_salt: Option<Secret>,
    /// A file with the salt, instead of `user_salt`. It is read whenever settings come into force; a line break at its end is ignored. A relative path
    /// starts at the working folder of the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_salt_file: Option<PathBuf>,
}

impl MigrationSettings {
    /// A migration away from this issuer, at [`Stage::Accept`].
    pub fn from_issuer(legacy: impl Into<String>) -> Self {
        Self {
            legacy_issuers: vec![legacy.into()],
            ..Self::default()
        }
    }
}

impl Default for MigrationSettings {
    fn default() -> Self {
        Self {
            legacy_issuers: Vec::new(),
            stage: Stage::default(),
            sunset: None,
            deprecated_since: None,
            notice: None,
            quiet_period: "7d".into(),
            count_users: false,
            user_salt: None,
            user_salt_file: None,
        }
    }
}
