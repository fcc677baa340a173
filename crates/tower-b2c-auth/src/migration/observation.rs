//! The time since which every use has been counted.
//!
//! "Nobody has used this issuer for a week" is true only if every use in that week would have been counted. The observation therefore starts over
//!
//! 1. when there are no saved counts;
//! 2. when there were more than two minutes in which no process was counting, or when a process starts with its clock behind the date of the saved counts;
//! 3. when the wall clock and the monotonic clock disagree by more than two minutes, because then nobody knows how long the week was.

use std::{fmt, time::Duration};

use b2c_verify::NumericDate;
use serde::{Deserialize, Serialize};

use super::text;
use crate::clock::{Clock, MAX_GAP};

/// A period without gaps: every use since its start has been counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Observation {
    pub(super) since: NumericDate,
    pub(super) start: ObservationStart,
}

/// Why the observation started when it did. Times are seconds since 1970. `Display` writes a sentence.
///
/// ```
/// use tower_b2c_auth::migration::ObservationStart;
///
/// let start: ObservationStart = serde_json::from_str(r#"{ "after_gap": { "gap_since": 1800000000 } }"#)?;
/// assert_eq!(start, ObservationStart::AfterGap { gap_since: 1_800_000_000 });
/// assert!(start.to_string().starts_with("From 2027-01-15T08:00:00Z until then, uses were not counted"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ObservationStart {
    /// Nothing had been counted before.
    FirstStart,
    /// There was a gap: the process was not running, or it ended without saving its counts.
    AfterGap {
        /// When the last counts were saved.
        gap_since: u64,
    },
    /// The clock was changed, or the machine was suspended, so it is not known how much time has passed.
    ClockChanged,
}

impl fmt::Display for ObservationStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstStart => f.write_str("Nothing had been counted before."),
            Self::AfterGap { gap_since } => write!(
                f,
                "From {} until then, uses were not counted: the process was not running, or it did not save what it counted.",
                text::date(*gap_since)
            ),
            Self::ClockChanged => f.write_str(
                "At that time the clock was changed, or the machine resumed after it was suspended.",
            ),
        }
    }
}

/// Compares the wall clock with the monotonic clock at each check.
#[derive(Debug)]
pub(super) struct Observer {
    observation: Observation,
    checked: Reading,
}

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy)]
struct Reading {
    date: NumericDate,
    elapsed: Duration,
}

impl Observer {
    pub(super) fn new(clock: &dyn Clock) -> Self {
        let checked = Reading::of(clock);
        Self {
            observation: checked.starts(ObservationStart::FirstStart),
            checked,
        }
    }

    /// Continues the observation of a process that saved its counts at `saved_at`.
    pub(super) fn resumed(
        observation: Observation,
        saved_at: NumericDate,
        clock: &dyn Clock,
    ) -> Self {
        let checked = Reading::of(clock);
        let observation = if checked.date < saved_at {
            checked.starts(ObservationStart::ClockChanged)
        } else if checked.date > saved_at.saturating_add(MAX_GAP) {
            let gap_since = saved_at.as_secs();
            checked.starts(ObservationStart::AfterGap { gap_since })
        } else {
            observation
        };
        Self {
            observation,
            checked,
        }
    }

    /// The observation as of the last check.
    pub(super) fn observation(&self) -> Observation {
        self.observation
    }

    /// Starts the observation over if the clock was changed by more than [`MAX_GAP`] since the last check.
    pub(super) fn check(&mut self, clock: &dyn Clock) -> Observation {
        let now = Reading::of(clock);
        let passed = now.elapsed.saturating_sub(self.checked.elapsed);
        let expected = self.checked.date.saturating_add(passed);
        if now.date.as_unix().abs_diff(expected.as_unix()) > MAX_GAP {
            self.observation = now.starts(ObservationStart::ClockChanged);
        }
        self.checked = now;
        self.observation
    }
}

impl Reading {
    fn of(clock: &dyn Clock) -> Self {
        Self {
            date: clock.now(),
            elapsed: clock.elapsed(),
        }
    }

    fn starts(self, start: ObservationStart) -> Observation {
        Observation {
            since: self.date,
            start,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::Pin, sync::Mutex};

    use super::*;

    /// A wall clock that is set independently of the monotonic one.
    #[derive(Debug, Default)]
    struct Clocks(Mutex<(u64, u64)>);

    impl Clocks {
        fn pass(&self, wall: i64, monotonic: u64) {
            let mut clocks = self.0.lock().unwrap();
            clocks.0 = clocks.0.checked_add_signed(wall).unwrap();
            clocks.1 += monotonic;
        }
    }

    impl Clock for Clocks {
        fn now(&self) -> NumericDate {
            NumericDate::from_secs(self.0.lock().unwrap().0)
        }

        fn elapsed(&self) -> Duration {
            Duration::from_secs(self.0.lock().unwrap().1)
        }

        fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            unreachable!("an observer does not wait")
        }
    }

    #[test]
    fn an_observation_lasts_while_both_clocks_agree() {
        let clocks = Clocks::default();
        clocks.pass(1000, 0);
        let mut observer = Observer::new(&clocks);
        let first = observer.observation();
        clocks.pass(1_000_000, 1_000_000);
        assert_eq!(observer.check(&clocks), first);
        // Small corrections do not add up.
        for _ in 0..10 {
            clocks.pass(160, 40);
            assert_eq!(observer.check(&clocks), first);
        }
    }

    #[test]
    fn a_clock_that_is_set_forward_or_back_starts_it_anew() {
        for step in [8 * 86_400, -86_400] {
            let clocks = Clocks::default();
            clocks.pass(1_000_000, 0);
            let mut observer = Observer::new(&clocks);
            clocks.pass(step, 1);
            let observation = observer.check(&clocks);
            assert_eq!(observation.start, ObservationStart::ClockChanged);
            assert_eq!(observation.since, clocks.now());
            assert_eq!(observer.check(&clocks), observation);
        }
    }

    #[test]
    fn a_gap_is_longer_than_two_minutes() {
        let observation = Observation {
            since: NumericDate::from_secs(1000),
            start: ObservationStart::FirstStart,
        };
        let saved_at = NumericDate::from_secs(5000);
        let resumed_at = |now| {
            let clocks = Clocks::default();
            clocks.pass(now, 0);
            Observer::resumed(observation, saved_at, &clocks).observation()
        };
        assert_eq!(resumed_at(5000), observation);
        assert_eq!(resumed_at(5120), observation);
        let gap = resumed_at(5121);
        assert_eq!(gap.since, NumericDate::from_secs(5121));
        let start = ObservationStart::AfterGap { gap_since: 5000 };
        assert_eq!(gap.start, start);
        let changed = resumed_at(4999);
        assert_eq!(changed.since, NumericDate::from_secs(4999));
        assert_eq!(changed.start, ObservationStart::ClockChanged);
    }
}
