//! When the next fetch is due, as a pure function of what happened and the time.

use std::time::Duration;

use b2c_verify::NumericDate;

use super::fetch::FetchError;

/// The fetches of one authority: what the last one brought, when the next is due, and when an unknown key id may cause one.
///
/// The regular fetches and those for unknown key ids have separate budgets, so that no flood can delay a regular one.
#[derive(Debug)]
pub(super) struct FetchPlan {
    refresh_interval: Duration,
    base_cooldown: Duration,
    /// When the next regular fetch, or the next try after a failure, is due.
    next: Duration,
    backoff: Duration,
    /// From when on an unknown key id may cause a fetch.
    on_demand_from: Duration,
    cooldown: Duration,
    success: Option<Success>,
    failure: Option<(FetchError, Duration)>,
}

/// The last fetch that was good.
#[derive(Debug, Clone, Copy)]
pub(super) struct Success {
    pub(super) at: Duration,
    pub(super) date: NumericDate,
}

/// Who asked for a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    Schedule,
    UnknownKey,
    Operator,
}

impl FetchPlan {
    pub(super) fn new(refresh_interval: Duration, base_cooldown: Duration) -> Self {
        Self {
            refresh_interval,
            base_cooldown,
            next: Duration::ZERO,
            backoff: Duration::ZERO,
            on_demand_from: Duration::ZERO,
            cooldown: base_cooldown,
            success: None,
            failure: None,
        }
    }

    pub(super) fn next(&self) -> Duration {
        self.next
    }

    pub(super) fn success(&self) -> Option<Success> {
        self.success
    }

    /// The error and since when there have been errors only; none after a success.
    pub(super) fn failure(&self) -> Option<(FetchError, Duration)> {
        self.failure
    }

    pub(super) fn may_fetch_on_demand(&self, now: Duration) -> bool {
        self.success.is_some() && now >= self.on_demand_from
    }

    /// When the next attempt of whatever kind can happen.
    pub(super) fn next_attempt(&self) -> Duration {
        if self.success.is_some() {
            self.next.min(self.on_demand_from)
        } else {
            self.next
        }
    }

    /// Knowledge from before; the next regular fetch is due at `next`.
    pub(super) fn restore(&mut self, success: Success, next: Duration) {
        self.success = Some(success);
        self.next = next;
    }

    /// `jitter` is between 0 and 1.
    pub(super) fn succeeded(&mut self, trigger: Trigger, news: bool, now: Success, jitter: f64) {
        self.success = Some(now);
        self.failure = None;
        self.backoff = Duration::ZERO;
        self.next = now
            .at
            .saturating_add(self.refresh_interval.mul_f64(1.0 - REFRESH_JITTER * jitter));
        if news {
            // It paid off, so it costs nothing: only the identity provider can bring this about.
            self.cooldown = self.base_cooldown;
            self.on_demand_from = now.at;
        } else if trigger == Trigger::UnknownKey {
            self.cool_down(now.at);
        }
    }

    pub(super) fn failed(
        &mut self,
        trigger: Trigger,
        error: FetchError,
        now: Duration,
        jitter: f64,
    ) {
        let since = self.failure.map_or(now, |(_, since)| since);
        self.failure = Some((error, since));
        self.backoff = self
            .backoff
            .saturating_mul(2)
            .clamp(MIN_BACKOFF, MAX_BACKOFF);
        let wait = self
            .backoff
            .mul_f64(1.0 - BACKOFF_JITTER * jitter)
            .max(MIN_BACKOFF);
        let asked_for = error.retry_after().unwrap_or_default().min(MAX_RETRY_AFTER);
        self.next = now.saturating_add(wait.max(asked_for));
        if trigger == Trigger::UnknownKey {
            self.cool_down(now);
        }
    }

    fn cool_down(&mut self, now: Duration) {
        self.on_demand_from = now.saturating_add(self.cooldown);
        let longest = MAX_COOLDOWN.max(self.base_cooldown);
        self.cooldown = self.cooldown.saturating_mul(COOLDOWN_GROWTH).min(longest);
    }
}

/// A fetch comes up to a tenth of the interval early, so that a fleet spreads out.
const REFRESH_JITTER: f64 = 0.1;
/// First wait after a failure.
const MIN_BACKOFF: Duration = Duration::from_secs(1);
/// Longest wait after failures.
const MAX_BACKOFF: Duration = Duration::from_secs(60);
const BACKOFF_JITTER: f64 = 0.2;
/// Longest `Retry-After` of the identity provider that is honoured.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);
/// Where the cool-down for unknown key ids ends up: API Management's five minutes.
const MAX_COOLDOWN: Duration = Duration::from_secs(300);
/// From 30 s to 5 min in one step: two fetches in vain are enough to call it a flood.
const COOLDOWN_GROWTH: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(seconds: u64) -> Success {
        Success {
            at: Duration::from_secs(seconds),
            date: NumericDate::from_secs(1_800_000_000 + seconds),
        }
    }

    fn warm() -> FetchPlan {
        let mut plan = FetchPlan::new(HOUR, Duration::from_secs(30));
        plan.succeeded(Trigger::Schedule, true, at(0), 0.0);
        plan
    }

    #[test]
    fn the_cool_down_grows_while_fetches_bring_nothing_and_falls_back_when_one_does() {
        let mut plan = warm();
        let mut fetches = Vec::new();
        for second in 0..=1000 {
            if plan.may_fetch_on_demand(Duration::from_secs(second)) {
                fetches.push(second);
                plan.succeeded(Trigger::UnknownKey, false, at(second), 0.0);
            }
        }
        assert_eq!(fetches, [0, 30, 330, 630, 930]);
        plan.succeeded(Trigger::Schedule, true, at(1001), 0.0);
        assert!(plan.may_fetch_on_demand(Duration::from_secs(1001)));
    }

    #[test]
    fn failures_count_against_the_cool_down_and_do_not_move_the_schedule_past_a_minute() {
        let mut plan = warm();
        for second in [0, 30] {
            assert!(plan.may_fetch_on_demand(Duration::from_secs(second)));
            plan.failed(
                Trigger::UnknownKey,
                FetchError::Connect,
                Duration::from_secs(second),
                0.0,
            );
        }
        assert!(!plan.may_fetch_on_demand(Duration::from_secs(329)));
        assert!(plan.next() <= Duration::from_secs(90));
    }

    #[test]
    fn back_off_doubles_from_one_second_to_sixty() {
        let mut plan = FetchPlan::new(HOUR, Duration::from_secs(30));
        let mut now = Duration::ZERO;
        let mut waits = Vec::new();
        for _ in 0..9 {
            plan.failed(Trigger::Schedule, FetchError::Timeout, now, 0.0);
            waits.push((plan.next() - now).as_secs());
            now = plan.next();
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        plan.failed(
            Trigger::Schedule,
            FetchError::Status {
                status: 429,
                retry_after: Some(120),
            },
            now,
            0.0,
        );
        assert_eq!(plan.next() - now, Duration::from_secs(120));
        assert_eq!(
            plan.failure(),
            Some((
                FetchError::Status {
                    status: 429,
                    retry_after: Some(120)
                },
                Duration::ZERO
            ))
        );
    }

    #[test]
    fn an_authority_without_keys_is_fetched_by_the_schedule_alone() {
        let mut plan = FetchPlan::new(HOUR, Duration::from_secs(30));
        plan.failed(Trigger::Schedule, FetchError::Connect, Duration::ZERO, 0.0);
        assert!(!plan.may_fetch_on_demand(HOUR));
        assert_eq!(plan.next_attempt(), Duration::from_secs(1));
    }
}
