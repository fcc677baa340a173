//! When the next fetch is due, as a pure function of what happened and the time.
//!
//! | trigger | may begin |
//! |---|---|
//! | the schedule | once the interval, or the wait after a failure, is over |
//! | an unknown key id or issuer | if the schedule is due or, after the first success, if the budget has a fetch left |
//! | the operator | always |
//!
//! After a failed regular fetch, the wait doubles from 1 s up to 90 s (up to 60 s while there are no keys); up to a fifth of each wait is subtracted at random, but no
//! wait is shorter than 1 s. A success resets it. If the operator forgets the last published key, a fetch is due at once (after a failure, within a minute),
//! and then once a minute as long as only forgotten keys are published.

use std::time::Duration;

use b2c_verify::NumericDate;

use super::{budget::FetchBudget, fetch::FetchError, ids::Sequence, key_config::KeyConfig};
use crate::clock::MAX_GAP;

/// The fetches of one authority: the result of the last one, when the next is due, and when an unknown key id may cause one.
///
/// Regular fetches cost no budget, so no flood can delay one.
#[derive(Debug)]
pub(super) struct FetchPlan {
    refresh_interval: Duration,
    max_stale: Duration,
    budget: FetchBudget,
    /// When the next regular fetch, or the next try after a failure, is due.
    next: Duration,
    backoff: Duration,
    /// When the last successful fetch of this process ended, and its jitter.
    refreshed: Option<(Duration, f64)>,
    success: Option<Success>,
    failure: Option<(FetchError, Duration)>,
    /// When the last long time without keys ended.
    had_no_keys_until: Option<Duration>,
}

/// When the last successful fetch began: it shows what was published at that time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Success {
    /// The fetch's place in the order of fetches and requests, which holds even if the clock stands still.
    pub(super) sequence: Sequence,
    pub(super) at: Duration,
    pub(super) date: NumericDate,
}

/// Why to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// The refresh interval has passed, or the wait after a failure.
    Schedule,
    /// A token names an unknown key or issuer.
    UnknownKey,
    /// The operator asked for it.
    Operator,
}

impl FetchPlan {
    pub(super) fn new(config: &KeyConfig) -> Self {
        Self {
            refresh_interval: config.refresh_interval,
            max_stale: config.max_stale,
            budget: FetchBudget::new(config.unknown_key_fetches, config.unknown_key_interval),
            next: Duration::ZERO,
            backoff: Duration::ZERO,
            refreshed: None,
            success: None,
            failure: None,
            had_no_keys_until: None,
        }
    }

    /// Adopts other times for the next fetches.
    pub(super) fn adopt(&mut self, config: &KeyConfig) {
        self.refresh_interval = config.refresh_interval;
        self.max_stale = config.max_stale;
        let size = config.unknown_key_fetches;
        self.budget.adopt(size, config.unknown_key_interval);
        if self.failure.is_none()
            && let Some((refreshed_at, jitter)) = self.refreshed
        {
            self.next = self.next.min(self.refresh_after(refreshed_at, jitter));
        }
    }

    pub(super) fn next(&self) -> Duration {
        self.next
    }

    pub(super) fn success(&self) -> Option<Success> {
        self.success
    }

    /// The last error, and when the failures began. `None` after a success.
    pub(super) fn failure(&self) -> Option<(FetchError, Duration)> {
        self.failure
    }

    /// The end of the last period longer than [`MAX_GAP`] in which there were no usable keys although fetches were attempted: tokens that a migration counts
    /// may have gone uncounted then. `now` if it has not ended. `None` if there never was one.
    pub(super) fn had_no_keys_until(&self, now: Duration) -> Option<Duration> {
        let failing = self.failure.map(|(_, since)| since);
        let stale_at = self.stale_at();
        let since = failing.map(|failing| stale_at.map_or(failing, |stale| stale.max(failing)));
        let is_long = since.is_some_and(|since| now.saturating_sub(since) > MAX_GAP);
        is_long.then_some(now).or(self.had_no_keys_until)
    }

    /// When the keys of the last successful fetch expire.
    fn stale_at(&self) -> Option<Duration> {
        let refreshed = self.refreshed.map(|(at, _)| at);
        let seen = refreshed.or(self.success.map(|success| success.at));
        Some(seen?.saturating_add(self.max_stale))
    }

    /// Takes over from `before`, the plan of the earlier source, what must outlive that source.
    pub(super) fn inherit(&mut self, before: &Self, now: Duration) {
        self.had_no_keys_until = before.had_no_keys_until(now);
    }

    /// The trigger under which a fetch may begin now, or `None`. Unless the operator asks for it, a fetch that is due anyway counts as regular; one for an
    /// unknown key id takes its cost from the budget.
    pub(super) fn may_begin(&mut self, trigger: Trigger, now: Duration) -> Option<Trigger> {
        let may_begin = match trigger {
            Trigger::Operator => true,
            // A fetch that is due anyway is free, whatever the trigger.
            _ if self.next <= now => return Some(Trigger::Schedule),
            Trigger::Schedule => false,
            Trigger::UnknownKey => self.success.is_some() && self.budget.take(now),
        };
        may_begin.then_some(trigger)
    }

    /// When the next attempt of any kind can begin.
    pub(super) fn next_attempt(&self, now: Duration) -> Duration {
        if self.success.is_some() {
            self.next.min(self.budget.next(now))
        } else {
            self.next
        }
    }

    /// Restores the last success of an earlier process. The next regular fetch is due at `next`.
    pub(super) fn restore(&mut self, success: Success, next: Duration) {
        self.success = Some(success);
        self.next = next;
    }

    /// Makes a fetch due, because there is no published key any more that may be used; after a failure, within a minute.
    pub(super) fn lost_last_key(&mut self, now: Duration) {
        let wait = self.failure.map_or(Duration::ZERO, |_| MAX_WAIT_WHILE_COLD);
        self.next = self.next.min(now.saturating_add(wait));
    }

    /// Notes that the last successful fetch brought only forgotten keys, so the next one comes soon.
    pub(super) fn brought_no_key(&mut self, now: Duration, jitter: f64) {
        let wait = MAX_WAIT_WHILE_COLD.mul_f64(1.0 - BACKOFF_JITTER * jitter);
        self.next = self.next.min(now.saturating_add(wait));
    }

    /// Notes a successful fetch that ended at `now`. `jitter` is between 0 and 1.
    pub(super) fn succeeded(
        &mut self,
        trigger: Trigger,
        news: bool,
        success: Success,
        now: Duration,
        jitter: f64,
    ) {
        self.had_no_keys_until = self.had_no_keys_until(now);
        self.success = Some(success);
        self.failure = None;
        self.backoff = Duration::ZERO;
        self.refreshed = Some((now, jitter));
        self.next = self.refresh_after(now, jitter);
        if news && trigger == Trigger::UnknownKey {
            self.budget.refund();
        }
    }

    fn refresh_after(&self, refreshed_at: Duration, jitter: f64) -> Duration {
        let interval = self.refresh_interval.mul_f64(1.0 - REFRESH_JITTER * jitter);
        refreshed_at.saturating_add(interval)
    }

    /// Notes a fetch that lost its runtime. What it cost is given back, because it showed nothing.
    pub(super) fn lost(&mut self, trigger: Trigger) {
        if trigger == Trigger::UnknownKey {
            self.budget.refund();
        }
    }

    /// Notes a fetch that failed. `cold` says that there is no published key that may be used.
    ///
    /// Unless the answer has `Retry-After`, an attempt before its time neither makes the wait longer nor starts it over: a request with an unknown key may
    /// cause several at once.
    pub(super) fn failed(
        &mut self,
        trigger: Trigger,
        error: FetchError,
        cold: bool,
        now: Duration,
        jitter: f64,
    ) {
        let since = self.failure.map_or(now, |(_, since)| since);
        self.failure = Some((error, since));
        let (longest, longest_asked_for) = if cold {
            (MAX_WAIT_WHILE_COLD, MAX_WAIT_WHILE_COLD)
        } else {
            (MAX_BACKOFF, MAX_RETRY_AFTER)
        };
        let factor = if trigger == Trigger::Schedule { 2 } else { 1 };
        let backoff = self.backoff.saturating_mul(factor);
        self.backoff = backoff.clamp(MIN_BACKOFF, longest);
        let wait = self
            .backoff
            .mul_f64(1.0 - BACKOFF_JITTER * jitter)
            .max(MIN_BACKOFF);
        let asked_for = error.retry_after().unwrap_or_default();
        let asked_for = asked_for.min(longest_asked_for);
        let after_wait = now.saturating_add(wait);
        let is_extra = trigger != Trigger::Schedule && self.next > now;
        let next = if is_extra {
            after_wait.min(self.next)
        } else {
            after_wait
        };
        let next = next.max(now.saturating_add(asked_for));
        // The keys may expire during the wait.
        let while_cold = self
            .stale_at()
            .map(|stale| stale.max(now).saturating_add(MAX_WAIT_WHILE_COLD));
        self.next = while_cold.map_or(next, |latest| next.min(latest));
    }
}

/// How early a fetch may be, as a share of the interval, so that the fetches of a fleet spread out.
const REFRESH_JITTER: f64 = 0.1;
/// The first wait after a failure.
const MIN_BACKOFF: Duration = Duration::from_secs(1);
/// The longest wait after failures. With it, a thousand replicas behind one address stay within B2C's limit when an outage ends (`keys/tests/fleet.rs`).
const MAX_BACKOFF: Duration = Duration::from_secs(90);
const BACKOFF_JITTER: f64 = 0.2;
/// The longest `Retry-After` of the identity provider that is honoured.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);
/// The longest wait of either kind while there are no keys, because every request then gets 503 until the next attempt.
const MAX_WAIT_WHILE_COLD: Duration = Duration::from_secs(60);
