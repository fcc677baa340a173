//! When keys are fetched and how long they are kept.

use serde::{Deserialize, Serialize};

use super::{KeyRefresh, TextDuration};

/// The `[keys]` table. Every duration is text with a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeySettings {
    /// How often the metadata and the keys are fetched in the background, less up to a tenth of jitter. Default `1h`.
    pub refresh_interval: TextDuration,
    /// How long a key stays usable after it was last seen in a document. Default `24h`, after Microsoft's guidance on
    /// [signing key rollover](https://learn.microsoft.com/entra/identity-platform/signing-key-rollover).
    pub max_stale: TextDuration,
    /// How long a key stays usable after it vanished from the document, and a former issuer stays accepted after the metadata names another. Default `1h`,
    /// the default lifetime of B2C's tokens; may be `0s`. A key that vanished while its authority was [on demand](super::AuthoritySettings::on_demand) and
    /// idle gets no such grace.
    pub retired_key_grace: TextDuration,
    /// How many fetches unknown key ids, and the other form of a B2C tenant's issuer, may cause in a row, for each authority. Default 3, so that a key that
    /// is used as soon as it is published is found at once. Anybody can send unknown key ids, and each fetch asks the identity provider for two documents.
    /// A fetch that brings a new key does not count, and a key id that a fetch did not bring causes no further fetch for a minute.
    pub unknown_key_fetches: u32,
    /// How long it takes until one more such fetch is allowed. Default `1m`. B2C answers 6,000 requests from one address within five minutes, so a fleet
    /// can afford it.
    pub unknown_key_interval: TextDuration,
    /// How many requests may wait for keys at the same time. Default 4096: each keeps its request with a token of at most 16 KiB, so together they hold at
    /// most 64 MiB of tokens, or about 8 MiB if the tokens are B2C's. Further requests are answered with 503 and `Retry-After`
    /// ([`Unjudged::TooManyWaiting`](crate::Unjudged::TooManyWaiting)).
    pub max_waiting: u32,
    /// How many of them may wait for the same authority. Default 1024, so that an authority that does not answer leaves room for the others.
    pub max_waiting_per_authority: u32,
    /// Who carries out the fetches: `auto` or `on_request`. Default `auto`.
    pub refresh: KeyRefresh,
    /// Time to connect. Default `2s`.
    pub connect_timeout: TextDuration,
    /// Time for metadata and keys together, and the longest that a request waits for them. Default `5s`.
    pub fetch_timeout: TextDuration,
    /// Largest document in bytes. Default 1 MiB.
    pub max_document_bytes: u64,
}

impl Default for KeySettings {
    fn default() -> Self {
        Self {
            refresh_interval: "1h".into(),
            max_stale: "24h".into(),
            retired_key_grace: "1h".into(),
            unknown_key_fetches: 3,
            unknown_key_interval: "1m".into(),
            max_waiting: 4096,
            max_waiting_per_authority: 1024,
            refresh: KeyRefresh::Auto,
            connect_timeout: "2s".into(),
            fetch_timeout: "5s".into(),
            max_document_bytes: 1_048_576,
        }
    }
}
