//! The `[keys]` table, checked.

use std::time::Duration;

use crate::{
    keys::{KeyTimes, MAX_MAX_STALE},
    settings::{KeySettings, Mistakes, TextDuration},
};

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
const MIN_DOCUMENT_BYTES: u64 = 1024;
