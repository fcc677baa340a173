//! Tests how many requests a thousand replicas send to one tenant's identity provider, if each follows its plan.
//!
//! B2C answers 6,000 requests in five minutes from one address to one tenant ([service
//! limits](https://learn.microsoft.com/azure/active-directory-b2c/service-limits)), and a fetch is two: the metadata and the keys. `docs/operating.md` has
//! the same figures.

use std::time::Duration;

use b2c_verify::NumericDate;

use crate::{
    keys::{
        FetchError,
        ids::Sequence,
        key_config::KeyConfig,
        plan::{FetchPlan, Success, Trigger},
    },
    test_tokens,
};

const REPLICAS: usize = 1000;
const LIMIT: usize = 6000;
const WINDOW: usize = 300;
const HOUR: usize = 3600;

/// Replicas behind one address, and the number of requests they sent in each second.
struct Fleet {
    replicas: Vec<Replica>,
    requests: Vec<usize>,
    random: fastrand::Rng,
}

struct Replica {
    plan: FetchPlan,
    is_cold: bool,
    knows_new_key: bool,
}

/// The events of one second.
#[derive(Default, Clone, Copy)]
struct Second {
    is_down: bool,
    /// Only the keys cannot be fetched. Each attempt fetches the metadata first.
    keys_are_down: bool,
    /// Each replica gets a token with a key id that does not exist.
    flood: bool,
    /// Each replica gets a token with the key that has just been published.
    new_key: bool,
}

impl Fleet {
    /// Replicas that start in the same second.
    fn of(size: usize, config: &KeyConfig) -> Self {
        let replica = |_| Replica {
            plan: FetchPlan::new(config),
            is_cold: true,
            knows_new_key: false,
        };
        Self {
            replicas: (0..size).map(replica).collect(),
            requests: Vec::new(),
            random: fastrand::Rng::with_seed(7),
        }
    }

    /// Simulates this many seconds.
    fn pass(&mut self, seconds: usize, what: Second) {
        for _ in 0..seconds {
            let second = self.requests.len() as u64;
            let random = &mut self.random;
            let asked = self
                .replicas
                .iter_mut()
                .map(|replica| replica.pass(second, what, || random.f64()));
            let asked = asked.sum();
            self.requests.push(asked);
        }
    }

    /// The most requests in any five minutes, from this second on.
    fn most_from(&self, first: usize) -> usize {
        let in_window = |first| self.requests.iter().skip(first).take(WINDOW).sum();
        let starts = first..self.requests.len();
        starts.map(in_window).max().unwrap_or_default()
    }
}

impl Replica {
    /// Returns how many documents the replica requests.
    fn pass(&mut self, second: u64, what: Second, jitter: impl FnOnce() -> f64) -> usize {
        let now = Duration::from_secs(second);
        let wants_key = what.flood || what.new_key && !self.knows_new_key;
        let due = self.plan.may_begin(Trigger::Schedule, now);
        let wanted = || {
            wants_key
                .then(|| self.plan.may_begin(Trigger::UnknownKey, now))
                .flatten()
        };
        let Some(trigger) = due.or_else(wanted) else {
            return 0;
        };
        if what.is_down || what.keys_are_down {
            let error = FetchError::Status {
                status: 503,
                retry_after: None,
            };
            self.plan
                .failed(trigger, error, self.is_cold, now, jitter());
            return if what.keys_are_down { 2 } else { 1 };
        }
        let success = Success {
            sequence: Sequence(second),
            at: now,
            date: NumericDate::from_secs(second),
        };
        let is_news = self.is_cold || what.new_key && !self.knows_new_key;
        self.plan
            .succeeded(trigger, is_news, success, now, jitter());
        self.is_cold = false;
        self.knows_new_key |= what.new_key;
        2
    }
}

const CALM: Second = Second {
    is_down: false,
    keys_are_down: false,
    flood: false,
    new_key: false,
};
const DOWN: Second = Second {
    is_down: true,
    ..CALM
};
const FLOOD: Second = Second {
    flood: true,
    ..CALM
};
const KEYS_DOWN: Second = Second {
    keys_are_down: true,
    ..CALM
};
const KEYS_DOWN_IN_A_FLOOD: Second = Second {
    flood: true,
    ..KEYS_DOWN
};
const NEW_KEY: Second = Second {
    new_key: true,
    ..CALM
};

fn defaults() -> KeyConfig {
    test_tokens::key_config()
}

/// What the documentation recommends for many replicas.
fn sized() -> KeyConfig {
    KeyConfig {
        unknown_key_fetches: 1,
        unknown_key_interval: Duration::from_secs(300),
        ..defaults()
    }
}

#[test]
fn a_thousand_that_start_at_once_and_then_learn_of_a_new_key_ask_twice_each() {
    let mut fleet = Fleet::of(REPLICAS, &defaults());
    fleet.pass(WINDOW, CALM);
    fleet.pass(WINDOW, NEW_KEY);
    assert_eq!(fleet.requests.iter().sum::<usize>(), 4 * REPLICAS);
    fleet.pass(2 * HOUR, CALM);
    let most = fleet.most_from(0);
    assert!(most <= LIMIT, "{most}");
}

/// The most requests in any five minutes that begin at `first` seconds or later, in a simulation that includes an outage and its end.
fn most_in_an_outage(size: usize, before: Second, first: usize) -> usize {
    let mut fleet = Fleet::of(size, &defaults());
    fleet.pass(WINDOW, before);
    fleet.pass(3 * HOUR, DOWN);
    fleet.pass(WINDOW, CALM);
    assert!(fleet.replicas.iter().all(|replica| !replica.is_cold));
    fleet.most_from(first)
}

#[test]
fn a_thousand_with_keys_stay_within_the_limit_when_an_outage_ends() {
    // By then, all of them have reached the longest wait.
    let most = most_in_an_outage(REPLICAS, CALM, 2 * HOUR);
    assert!(most <= LIMIT, "{most}");
}

#[test]
fn eight_hundred_and_fifty_without_keys_stay_within_the_limit_when_an_outage_ends() {
    let most = most_in_an_outage(850, DOWN, 2 * HOUR);
    assert!(most <= LIMIT, "{most}");
}

#[test]
fn five_hundred_stay_within_the_limit_when_they_start_in_an_outage_or_one_begins() {
    for before in [CALM, DOWN] {
        let most = most_in_an_outage(500, before, 0);
        assert!(most <= LIMIT, "{most}");
    }
}

/// The bug: the documentation had the figure for a flood that begins after the start, for which 400 are few enough.
#[test]
fn a_flood_of_unknown_keys_stays_within_the_limit_for_375_and_for_a_thousand_that_are_set_so() {
    for (size, config, at_start, fits) in [
        (375, defaults(), FLOOD, true),
        (400, defaults(), FLOOD, false),
        (400, defaults(), CALM, true),
        (REPLICAS, sized(), FLOOD, true),
        (REPLICAS, sized(), CALM, true),
    ] {
        let mut fleet = Fleet::of(size, &config);
        fleet.pass(WINDOW, at_start);
        // The regular fetches fall into the same period.
        fleet.pass(HOUR + WINDOW, FLOOD);
        let most = fleet.most_from(0);
        assert_eq!(most <= LIMIT, fits, "{size}: {most}");
    }
}

/// The bug: the documentation had no figures for an outage of the keys alone, in which each attempt is two requests.
#[test]
fn fewer_stay_within_the_limit_while_only_the_keys_cannot_be_fetched() {
    for (size, config, at_start, then, fits) in [
        (270, defaults(), KEYS_DOWN, KEYS_DOWN, true),
        (280, defaults(), KEYS_DOWN, KEYS_DOWN, false),
        (185, defaults(), CALM, KEYS_DOWN_IN_A_FLOOD, true),
        (200, defaults(), CALM, KEYS_DOWN_IN_A_FLOOD, false),
        (185, defaults(), FLOOD, KEYS_DOWN_IN_A_FLOOD, true),
        (300, sized(), CALM, KEYS_DOWN_IN_A_FLOOD, true),
        (310, sized(), CALM, KEYS_DOWN_IN_A_FLOOD, false),
        (300, sized(), FLOOD, KEYS_DOWN_IN_A_FLOOD, true),
    ] {
        let mut fleet = Fleet::of(size, &config);
        fleet.pass(WINDOW, at_start);
        fleet.pass(HOUR + WINDOW, then);
        let most = fleet.most_from(0);
        assert_eq!(most <= LIMIT, fits, "{size}: {most}");
    }
}
