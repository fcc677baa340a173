//! Limits how many fetches unknown key ids cause.
//!
//! Anybody can make up a `kid`, so fetches for them come from a token bucket: `unknown_key_fetches` at once, then one more after each
//! `unknown_key_interval`. A fetch that finds something new is given back, because only the identity provider can cause that; so is one that lost its
//! runtime. Regular fetches never take from the bucket.

use std::time::Duration;

/// A token bucket: a few fetches on demand, then one for each interval.
#[derive(Debug)]
pub(crate) struct FetchBudget {
    size: u32,
    interval: Duration,
    /// How many fetches may begin at once.
    left: u32,
    /// When the bucket began to regain the next fetch. Not used while it is full.
    filling_since: Duration,
}

impl FetchBudget {
    pub(crate) fn new(size: u32, interval: Duration) -> Self {
        Self {
            size,
            interval,
            left: size,
            filling_since: Duration::ZERO,
        }
    }

    /// Adopts another size and interval, if they differ. The bucket is then full.
    pub(crate) fn adopt(&mut self, size: u32, interval: Duration) {
        if (size, interval) != (self.size, self.interval) {
            *self = Self::new(size, interval);
        }
    }

    /// When the next fetch may begin: `now`, or later.
    pub(crate) fn next(&self, now: Duration) -> Duration {
        if self.left > 0 {
            now
        } else {
            self.filling_since.saturating_add(self.interval).max(now)
        }
    }

    /// Takes one fetch. Returns whether there was one.
    pub(crate) fn take(&mut self, now: Duration) -> bool {
        self.refill(now);
        if self.left == 0 {
            return false;
        }
        if self.left == self.size {
            self.filling_since = now;
        }
        self.left -= 1;
        true
    }

    /// Gives one back, because the fetch found something new, or lost its runtime.
    pub(crate) fn refund(&mut self) {
        self.left = self.left.saturating_add(1).min(self.size);
    }

    fn refill(&mut self, now: Duration) {
        while self.left < self.size {
            let full = self.filling_since.saturating_add(self.interval);
            if full > now {
                break;
            }
            self.left += 1;
            self.filling_since = full;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_fetches_are_allowed_at_once_and_then_one_a_minute() {
        let mut budget = FetchBudget::new(3, Duration::from_secs(60));
        let had = (0..=300).filter(|second| budget.take(Duration::from_secs(*second)));
        assert_eq!(had.collect::<Vec<_>>(), [0, 1, 2, 60, 120, 180, 240, 300]);
        assert_eq!(
            budget.next(Duration::from_secs(301)),
            Duration::from_secs(360)
        );
    }

    #[test]
    fn unused_fetches_add_up_to_the_budget_at_most() {
        let mut budget = FetchBudget::new(3, Duration::from_secs(60));
        let hour = Duration::from_secs(3600);
        assert!((0..3).all(|_| budget.take(Duration::ZERO)));
        assert_eq!((0..10).filter(|_| budget.take(hour)).count(), 3);
        budget.refund();
        assert!(budget.take(hour) && !budget.take(hour));
    }
}
