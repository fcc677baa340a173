//! How far a migration has come.

use serde::{Deserialize, Serialize};

/// How far a migration has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Legacy tokens are accepted and counted.
    #[default]
    Accept,
    /// Legacy tokens are accepted, and the responses announce the end: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`.
    Announce,
    /// Legacy tokens are refused as `invalid_token`, and counted.
    Refuse,
}
