//! The users of one row by day, so that those who have moved drop out.
//!
//! A HyperLogLog can only grow: nobody can be taken out of it. So there is one for each day, and a day that no longer counts is dropped as a whole. A day is
//! a day in UTC, so that all replicas mean the same one.

use std::collections::BTreeMap;

use b2c_verify::NumericDate;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::user_sketch::UserSketch;

/// A sketch for each recent day with users.
#[derive(Debug, Default)]
pub(super) struct UserDays(Mutex<BTreeMap<u32, UserSketch>>);

/// The users of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedDay {
    day: u32,
    users: UserSketch,
}

impl UserDays {
    pub(super) fn restored(saved: &[SavedDay]) -> Self {
        let days = saved.iter().take(DAYS);
        let days = days.map(|saved| (saved.day, saved.users.clone()));
        Self(Mutex::new(days.collect()))
    }

    pub(super) fn saved(&self) -> Vec<SavedDay> {
        let saved = |(day, users): (&u32, &UserSketch)| SavedDay {
            day: *day,
            users: users.clone(),
        };
        self.0.lock().iter().map(saved).collect()
    }

    pub(super) fn insert(&self, day: u32, hash: u64) {
        let mut days = self.0.lock();
        days.entry(day).or_default().insert(hash);
        while days.len() > DAYS {
            // If the clock was ahead, there are days that are still in the future. They must not displace those that count, so the last one is dropped, not
            // the first.
            match days.last_key_value() {
                Some((last, _)) if *last > day.saturating_add(1) => days.pop_last(),
                _ => days.pop_first(),
            };
        }
    }

    /// The users of today and of the earlier days that count. `None` if there are none.
    pub(super) fn until(&self, today: u32) -> Option<UserSketch> {
        let days = self.0.lock();
        let mut days = days.range(first_day(today)..=today);
        let (_, first) = days.next()?;
        let mut all = first.clone();
        days.for_each(|(_, users)| all.add(users));
        Some(all)
    }

    pub(super) fn clear(&self) {
        self.0.lock().clear();
    }
}

/// The number of days since 1970, in UTC, so that all replicas agree.
pub(crate) fn day_of(date: NumericDate) -> u32 {
    let days = date.as_secs() / SECONDS_PER_DAY;
    u32::try_from(days).unwrap_or(u32::MAX)
}

/// The start of the first day that counts today, in seconds since 1970.
pub(super) fn counted_from(today: u32) -> u64 {
    u64::from(first_day(today)) * SECONDS_PER_DAY
}

fn first_day(today: u32) -> u32 {
    today.saturating_sub(LAST_DAYS_BEFORE)
}

/// Today and the six days before. A week includes the users of an application that runs only on weekdays.
const DAYS: usize = 7;
const LAST_DAYS_BEFORE: u32 = 6;
const SECONDS_PER_DAY: u64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_counts_for_seven_days() {
        let days = UserDays::default();
        days.insert(100, 1 << 60);
        days.insert(103, 2 << 60);
        days.insert(103, 2 << 60);
        let count = |today| days.until(today).map(|users| users.count());
        assert_eq!(
            [99, 100, 103, 106, 107, 109, 110].map(count),
            [None, Some(1), Some(2), Some(2), Some(1), Some(1), None]
        );
        assert_eq!(counted_from(106), 100 * 86_400);
    }

    #[test]
    fn only_the_last_days_are_kept_also_in_a_file() {
        let days = UserDays::default();
        for day in 0..50 {
            days.insert(day, 1);
        }
        let saved = days.saved();
        assert_eq!(saved.len(), DAYS);
        assert_eq!(saved.first().map(|saved| saved.day), Some(43));
        assert_eq!(UserDays::restored(&saved).saved(), saved);
        let many: Vec<_> = saved.iter().cycle().take(1000).cloned().collect();
        assert_eq!(UserDays::restored(&many).saved().len(), DAYS);
        days.clear();
        assert_eq!(days.saved(), []);
    }

    #[test]
    fn days_that_a_wrong_clock_has_counted_ahead_make_room() {
        let days = UserDays::default();
        for day in 500..520 {
            days.insert(day, 1);
        }
        days.insert(100, 1 << 60);
        for day in 100..107 {
            days.insert(day, 1 << 60);
            assert_eq!(days.until(day).map(|users| users.count()), Some(1));
        }
        assert_eq!(days.saved().first().map(|saved| saved.day), Some(100));
    }

    /// The bug: a clock that was three days behind for a moment deleted the users of those days.
    #[test]
    fn a_clock_that_is_behind_for_a_moment_deletes_nobody() {
        let days = UserDays::default();
        for day in 98..=103 {
            days.insert(day, u64::from(day) << 56);
        }
        days.insert(100, 7 << 40);
        assert_eq!(days.until(103).map(|users| users.count()), Some(7));
    }
}
