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
    settings::{KeySettings, Mistakes},
};

impl KeySettings {
    pub(crate) fn check(&self, mistakes: &mut Mistakes) -> Option<KeyConfig> {
        let refresh_interval = mistakes.duration("keys.refresh_interval", &self.refresh_interval);
        let max_stale = mistakes.duration("keys.max_stale", &self.max_stale);
        let grace = mistakes.duration("keys.retired_key_grace", &self.retired_key_grace);
        let interval = &self.unknown_key_interval;
        let unknown_key_interval = mistakes.duration("keys.unknown_key_interval", interval);
        if unknown_key_interval.is_some_and(|it| it.is_zero()) {
            let remedy = "must not be zero, otherwise every unknown key id causes a fetch";
            mistakes.add("keys.unknown_key_interval", interval, remedy);
        }
        let connect_timeout = mistakes.positive("keys.connect_timeout", &self.connect_timeout);
        let fetch_timeout = mistakes.positive("keys.fetch_timeout", &self.fetch_timeout);
        let config = KeyConfig {
            refresh_interval: refresh_interval?,
            max_stale: max_stale?,
            retired_key_grace: grace?,
            unknown_key_fetches: self.unknown_key_fetches,
            unknown_key_interval: unknown_key_interval?,
            max_waiting: count(self.max_waiting),
            max_waiting_per_authority: count(self.max_waiting_per_authority),
            refresh: self.refresh,
            connect_timeout: connect_timeout?,
            fetch_timeout: fetch_timeout?,
            max_document_bytes: usize::try_from(self.max_document_bytes).unwrap_or(usize::MAX),
        };
        self.check_ages(&config, mistakes);
        self.check_fetches(&config, mistakes);
        self.check_waiting(mistakes);
        Some(config)
    }

    /// How long keys are kept, compared with how often they are fetched.
    fn check_ages(&self, config: &KeyConfig, mistakes: &mut Mistakes) {
        if config.refresh_interval < MIN_REFRESH_INTERVAL {
            let remedy = "must be at least \"1s\"";
            mistakes.add("keys.refresh_interval", &self.refresh_interval, remedy);
        }
        if config.max_stale < config.refresh_interval {
            let remedy = "must not be shorter than refresh_interval, otherwise keys expire between two fetches";
            mistakes.add("keys.max_stale", &self.max_stale, remedy);
        }
        if config.max_stale > MAX_MAX_STALE {
            let remedy = "must not be longer than \"30d\"; a key that has not been confirmed for that long proves nothing";
            mistakes.add("keys.max_stale", &self.max_stale, remedy);
        }
        if config.retired_key_grace > config.max_stale {
            let remedy = "must not be longer than max_stale, after which the key expires anyway";
            mistakes.add("keys.retired_key_grace", &self.retired_key_grace, remedy);
        }
    }

    /// What a fetch may take, and how often one may begin.
    fn check_fetches(&self, config: &KeyConfig, mistakes: &mut Mistakes) {
        let interval = &self.unknown_key_interval;
        if config.unknown_key_interval > config.refresh_interval {
            let remedy = "must not be longer than refresh_interval, because the regular refresh would find new keys sooner";
            mistakes.add("keys.unknown_key_interval", interval, remedy);
        }
        if self.unknown_key_fetches == 0 {
            let remedy = "must be at least 1, otherwise only the regular refresh finds new keys";
            mistakes.add("keys.unknown_key_fetches", self.unknown_key_fetches, remedy);
        }
        if config.connect_timeout > config.fetch_timeout {
            let remedy = "must not be longer than fetch_timeout, which includes it";
            mistakes.add("keys.connect_timeout", &self.connect_timeout, remedy);
        }
        if config.fetch_timeout > config.refresh_interval {
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

pub(super) fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

const MIN_REFRESH_INTERVAL: Duration = Duration::from_secs(1);
const MIN_DOCUMENT_BYTES: u64 = 1024;
