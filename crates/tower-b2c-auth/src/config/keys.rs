//! Checks the `[keys]` table.
//!
//! | setting | bounds |
//! |---|---|
//! | `refresh_interval` | from [`MIN_REFRESH_INTERVAL`] |
//! | `max_stale` | from `refresh_interval` to [`MAX_MAX_STALE`], or keys would expire between two fetches |
//! | `retired_key_grace` | up to `max_stale` |
//! | `unknown_key_fetches` | from 1 |
//! | `unknown_key_interval` | more than zero, up to `refresh_interval` |
//! | `connect_timeout`, `fetch_timeout` | more than zero; connecting is part of fetching, and a fetch ends before the next is due |
//! | `max_waiting`, `max_waiting_per_authority` | from 1; the second up to the first |
//! | `max_document_bytes` | from [`MIN_DOCUMENT_BYTES`] |

use std::time::Duration;

use crate::{
    keys::{KeyConfig, MAX_MAX_STALE},
    settings::{KeySettings, Mistakes, TextDuration},
};

impl KeySettings {
    pub(crate) fn check(&self, mistakes: &mut Mistakes) -> Option<KeyConfig> {
        let durations = Durations::parse(self, mistakes);
        self.check_ages(&durations, mistakes);
        self.check_fetches(&durations, mistakes);
        self.check_waiting(mistakes);
        Some(KeyConfig {
            refresh_interval: durations.refresh_interval?,
            max_stale: durations.max_stale?,
            retired_key_grace: durations.retired_key_grace?,
            unknown_key_fetches: self.unknown_key_fetches,
            unknown_key_interval: durations.unknown_key_interval?,
            max_waiting: count(self.max_waiting),
            max_waiting_per_authority: count(self.max_waiting_per_authority),
            refresh: self.refresh,
            connect_timeout: durations.connect_timeout?,
            fetch_timeout: durations.fetch_timeout?,
            max_document_bytes: usize::try_from(self.max_document_bytes).unwrap_or(usize::MAX),
        })
    }

    /// How long keys are kept, compared with how often they are fetched.
    fn check_ages(&self, durations: &Durations, mistakes: &mut Mistakes) {
        if is_longer(Some(MIN_REFRESH_INTERVAL), durations.refresh_interval) {
            let remedy = "must be at least \"1s\"";
            mistakes.add("keys.refresh_interval", &self.refresh_interval, remedy);
        }
        if is_longer(durations.refresh_interval, durations.max_stale) {
            let remedy = "must not be shorter than refresh_interval, otherwise keys expire between two fetches";
            mistakes.add("keys.max_stale", &self.max_stale, remedy);
        }
        if is_longer(durations.max_stale, Some(MAX_MAX_STALE)) {
            let remedy = "must not be longer than \"30d\"; a key that has not been confirmed for that long proves nothing";
            mistakes.add("keys.max_stale", &self.max_stale, remedy);
        }
        if is_longer(durations.retired_key_grace, durations.max_stale) {
            let remedy = "must not be longer than max_stale, after which the key expires anyway";
            mistakes.add("keys.retired_key_grace", &self.retired_key_grace, remedy);
        }
    }

    /// What a fetch may take, and how often one may begin.
    fn check_fetches(&self, durations: &Durations, mistakes: &mut Mistakes) {
        if is_longer(durations.unknown_key_interval, durations.refresh_interval) {
            let remedy = "must not be longer than refresh_interval, because the regular refresh would find new keys sooner";
            let interval = &self.unknown_key_interval;
            mistakes.add("keys.unknown_key_interval", interval, remedy);
        }
        if self.unknown_key_fetches == 0 {
            let remedy = "must be at least 1, otherwise only the regular refresh finds new keys";
            mistakes.add("keys.unknown_key_fetches", self.unknown_key_fetches, remedy);
        }
        if is_longer(durations.connect_timeout, durations.fetch_timeout) {
            let remedy = "must not be longer than fetch_timeout, which includes it";
            mistakes.add("keys.connect_timeout", &self.connect_timeout, remedy);
        }
        if is_longer(durations.fetch_timeout, durations.refresh_interval) {
            let remedy = "must not be longer than refresh_interval";
            mistakes.add("keys.fetch_timeout", &self.fetch_timeout, remedy);
        }
        if self.max_document_bytes < MIN_DOCUMENT_BYTES {
            let remedy = "must be at least 1024; a key set with one key needs about 500";
            mistakes.add("keys.max_document_bytes", self.max_document_bytes, remedy);
        }
    }

    /// How many requests may wait for keys.
    fn check_waiting(&self, mistakes: &mut Mistakes) {
        let (max, per_authority) = (self.max_waiting, self.max_waiting_per_authority);
        for (name, limit) in [
            ("max_waiting", max),
            ("max_waiting_per_authority", per_authority),
        ] {
            if limit == 0 {
                let remedy = "must be at least 1, otherwise no request can wait for its keys";
                mistakes.add(format!("keys.{name}"), limit, remedy);
            }
        }
        if per_authority > max {
            let remedy =
                "must not be larger than max_waiting, which limits all authorities together";
            mistakes.add("keys.max_waiting_per_authority", per_authority, remedy);
        }
    }
}

/// The durations of the table; `None` for one that is not a duration.
struct Durations {
    refresh_interval: Option<Duration>,
    max_stale: Option<Duration>,
    retired_key_grace: Option<Duration>,
    unknown_key_interval: Option<Duration>,
    connect_timeout: Option<Duration>,
    fetch_timeout: Option<Duration>,
}

impl Durations {
    fn parse(keys: &KeySettings, mistakes: &mut Mistakes) -> Self {
        Self {
            refresh_interval: mistakes.duration("keys.refresh_interval", &keys.refresh_interval),
            max_stale: mistakes.duration("keys.max_stale", &keys.max_stale),
            retired_key_grace: mistakes.duration("keys.retired_key_grace", &keys.retired_key_grace),
            unknown_key_interval: unknown_key_interval(&keys.unknown_key_interval, mistakes),
            connect_timeout: mistakes.positive("keys.connect_timeout", &keys.connect_timeout),
            fetch_timeout: mistakes.positive("keys.fetch_timeout", &keys.fetch_timeout),
        }
    }
}

fn unknown_key_interval(text: &TextDuration, mistakes: &mut Mistakes) -> Option<Duration> {
    let field = "keys.unknown_key_interval";
    let interval = mistakes.duration(field, text)?;
    if interval.is_zero() {
        let remedy = "must not be zero, otherwise every unknown key id causes a fetch";
        mistakes.add(field, text, remedy);
    }
    Some(interval)
}

/// Whether `one` is longer than `other`; false if one of them is not a duration, which is a mistake of its own.
fn is_longer(one: Option<Duration>, other: Option<Duration>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one > other)
}

pub(super) fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

const MIN_REFRESH_INTERVAL: Duration = Duration::from_secs(1);
const MIN_DOCUMENT_BYTES: u64 = 1024;
