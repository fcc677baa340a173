//! When keys are fetched and how long they are kept.

use serde::{Deserialize, Serialize};

use super::TextDuration;

/// The `[keys]` table. Every duration is text with a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeySettings {
    /// How often the metadata and the keys are fetched in the background, less up to a tenth of jitter. Default `1h`.
    pub refresh_interval: TextDuration,
    /// How long a key stays usable after it was last seen in a document. Default `24h`, after Microsoft's guidance on
    /// [signing key rollover](https://learn.microsoft.com/entra/identity-platform/signing-key-rollover).
    pub max_stale: TextDuration,
    /// How long a key stays usable after it vanished from the document. Default `1h`, the default lifetime of B2C's tokens; may be `0s`.
    pub retired_key_grace: TextDuration,
    /// Least time between two fetches that unknown key ids cause. Default `30s`; grows to `5m` while fetches bring nothing new.
    pub unknown_key_cooldown: TextDuration,
    /// Time to connect. Default `2s`.
    pub connect_timeout: TextDuration,
    /// Time for metadata and keys together, and the longest that a request waits for them. Default `5s`.
    pub fetch_timeout: TextDuration,
    /// Largest document in bytes, after decompression. Default 1 MiB.
    pub max_document_bytes: u64,
}

impl Default for KeySettings {
    fn default() -> Self {
        Self {
            refresh_interval: "1h".into(),
            max_stale: "24h".into(),
            retired_key_grace: "1h".into(),
            unknown_key_cooldown: "30s".into(),
            connect_timeout: "2s".into(),
            fetch_timeout: "5s".into(),
            max_document_bytes: 1_048_576,
        }
    }
}
