//! How far a migration is.

use serde::{Deserialize, Serialize};

/// How far a migration is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Tokens of the legacy issuer are accepted and counted.
    #[default]
    Accept,
    /// Besides, the responses to them say that this will end: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`.
    Announce,
    /// Tokens of the legacy issuer are refused as `invalid_token`, and counted.
    Refuse,
}
