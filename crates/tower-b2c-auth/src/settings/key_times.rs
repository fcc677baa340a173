//! When keys are fetched and how long they are kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{error::Mistakes, text_duration::TextDuration};

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

/// [`KeySettings`] after the check.
#[derive(Debug, Clone)]
pub(crate) struct KeyTimes {
    pub(crate) refresh_interval: Duration,
    pub(crate) max_stale: Duration,
    pub(crate) retired_key_grace: Duration,
    pub(crate) unknown_key_cooldown: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) fetch_timeout: Duration,
    pub(crate) max_document_bytes: usize,
}

impl KeySettings {
    pub(super) fn check(&self, mistakes: &mut Mistakes) -> Option<KeyTimes> {
        let mut span = |name: &str, text: &TextDuration| {
            mistakes.note(&format!("keys.{name}"), text, text.parse())
        };
        let refresh_interval = span("refresh_interval", &self.refresh_interval);
        let max_stale = span("max_stale", &self.max_stale);
        let retired_key_grace = span("retired_key_grace", &self.retired_key_grace);
        let unknown_key_cooldown = span("unknown_key_cooldown", &self.unknown_key_cooldown);
        let connect_timeout = span("connect_timeout", &self.connect_timeout);
        let fetch_timeout = span("fetch_timeout", &self.fetch_timeout);
        let times = KeyTimes {
            refresh_interval: refresh_interval?,
            max_stale: max_stale?,
            retired_key_grace: retired_key_grace?,
            unknown_key_cooldown: unknown_key_cooldown?,
            connect_timeout: connect_timeout?,
            fetch_timeout: fetch_timeout?,
            max_document_bytes: usize::try_from(self.max_document_bytes).unwrap_or(usize::MAX),
        };
        self.contradictions(&times, mistakes);
        Some(times)
    }

    fn contradictions(&self, times: &KeyTimes, mistakes: &mut Mistakes) {
        let rules = [
            (
                times.refresh_interval < MIN_REFRESH_INTERVAL,
                "refresh_interval",
                &self.refresh_interval,
                "must be at least \"1s\"",
            ),
            (
                times.max_stale < times.refresh_interval,
                "max_stale",
                &self.max_stale,
                "must not be shorter than refresh_interval, or keys expire between two fetches",
            ),
            (
                times.max_stale > MAX_MAX_STALE,
                "max_stale",
                &self.max_stale,
                "must not be longer than \"30d\"; a key that nobody has confirmed for so long proves nothing",
            ),
            (
                times.retired_key_grace > times.max_stale,
                "retired_key_grace",
                &self.retired_key_grace,
                "must not be longer than max_stale, which ends it anyway",
            ),
            (
                times.unknown_key_cooldown.is_zero(),
                "unknown_key_cooldown",
                &self.unknown_key_cooldown,
                "must not be zero, or each unknown key id causes a fetch",
            ),
            (
                times.unknown_key_cooldown > times.refresh_interval,
                "unknown_key_cooldown",
                &self.unknown_key_cooldown,
                "must not be longer than refresh_interval, which would then find new keys first",
            ),
            (
                times.connect_timeout.is_zero(),
                "connect_timeout",
                &self.connect_timeout,
                "must not be zero",
            ),
            (
                times.fetch_timeout.is_zero(),
                "fetch_timeout",
                &self.fetch_timeout,
                "must not be zero",
            ),
            (
                times.connect_timeout > times.fetch_timeout,
                "connect_timeout",
                &self.connect_timeout,
                "must not be longer than fetch_timeout, of which it is a part",
            ),
            (
                times.fetch_timeout > times.refresh_interval,
                "fetch_timeout",
                &self.fetch_timeout,
                "must not be longer than refresh_interval",
            ),
        ];
        for (wrong, name, value, remedy) in rules {
            if wrong {
                mistakes.add(format!("keys.{name}"), value, remedy);
            }
        }
        if self.max_document_bytes < MIN_DOCUMENT_BYTES {
            mistakes.add(
                "keys.max_document_bytes",
                self.max_document_bytes,
                "must be at least 1024; a key set with one key needs about 500",
            );
        }
    }
}

const MIN_REFRESH_INTERVAL: Duration = Duration::from_secs(1);
/// Longest `max_stale` that can be set.
pub(crate) const MAX_MAX_STALE: Duration = Duration::from_secs(30 * 86_400);
const MIN_DOCUMENT_BYTES: u64 = 1024;
