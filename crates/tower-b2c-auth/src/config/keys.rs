//! Checks the `[keys]` table.

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
        let unknown_key_interval = span("unknown_key_interval", &self.unknown_key_interval);
        let connect_timeout = span("connect_timeout", &self.connect_timeout);
        let fetch_timeout = span("fetch_timeout", &self.fetch_timeout);
        let times = KeyTimes {
            refresh_interval: refresh_interval?,
            max_stale: max_stale?,
            retired_key_grace: retired_key_grace?,
            unknown_key_fetches: self.unknown_key_fetches,
            unknown_key_interval: unknown_key_interval?,
            max_waiting: count(self.max_waiting),
            max_waiting_per_authority: count(self.max_waiting_per_authority),
            refresh: self.refresh,
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
                "must not be shorter than refresh_interval, otherwise keys expire between two fetches",
            ),
            (
                times.max_stale > MAX_MAX_STALE,
                "max_stale",
                &self.max_stale,
                "must not be longer than \"30d\"; a key that has not been confirmed for that long proves nothing",
            ),
            (
                times.retired_key_grace > times.max_stale,
                "retired_key_grace",
                &self.retired_key_grace,
                "must not be longer than max_stale, after which the key expires anyway",
            ),
            (
                times.unknown_key_interval.is_zero(),
                "unknown_key_interval",
                &self.unknown_key_interval,
                "must not be zero, otherwise every unknown key id causes a fetch",
            ),
            (
                times.unknown_key_interval > times.refresh_interval,
                "unknown_key_interval",
                &self.unknown_key_interval,
                "must not be longer than refresh_interval, because the regular refresh would find new keys sooner",
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
                "must not be longer than fetch_timeout, which includes it",
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
        self.check_counts(mistakes);
        if self.max_document_bytes < MIN_DOCUMENT_BYTES {
            mistakes.add(
                "keys.max_document_bytes",
                self.max_document_bytes,
                "must be at least 1024; a key set with one key needs about 500",
            );
        }
    }

    fn check_counts(&self, mistakes: &mut Mistakes) {
        let rules = [
            (
                self.unknown_key_fetches == 0,
                "unknown_key_fetches",
                self.unknown_key_fetches,
                "must be at least 1, otherwise only the regular refresh finds new keys",
            ),
            (
                self.max_waiting == 0,
                "max_waiting",
                self.max_waiting,
                "must be at least 1, otherwise no request can wait for its keys",
            ),
            (
                self.max_waiting_per_authority == 0,
                "max_waiting_per_authority",
                self.max_waiting_per_authority,
                "must be at least 1, otherwise no request can wait for its keys",
            ),
            (
                self.max_waiting_per_authority > self.max_waiting,
                "max_waiting_per_authority",
                self.max_waiting_per_authority,
                "must not be larger than max_waiting, which limits all authorities together",
            ),
        ];
        for (wrong, name, value, remedy) in rules {
            if wrong {
                mistakes.add(format!("keys.{name}"), value, remedy);
            }
        }
    }
}

pub(super) fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

const MIN_REFRESH_INTERVAL: Duration = Duration::from_secs(1);
const MIN_DOCUMENT_BYTES: u64 = 1024;
