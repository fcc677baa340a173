//! Key ids that a fetch has shown not to exist.

use std::{collections::VecDeque, time::Duration};

/// The key ids that were looked for lately and not found, so that the same token does not cause a fetch each time it comes.
#[derive(Default)]
pub(super) struct AbsentKeys(VecDeque<AbsentKey>);

struct AbsentKey {
    kid: Box<str>,
    until: Duration,
}

impl AbsentKeys {
    /// Remembers that a fetch which began at `shown_at` did not bring this key.
    pub(super) fn insert(&mut self, kid: &str, shown_at: Duration, now: Duration) {
        self.0.retain(|key| key.until > now && *key.kid != *kid);
        if self.0.len() == MAX_ABSENT_KEYS {
            self.0.pop_front();
        }
        self.0.push_back(AbsentKey {
            kid: kid.into(),
            until: shown_at.saturating_add(REMEMBERED),
        });
    }

    /// Until when the key counts as absent, if it does now.
    pub(super) fn until(&self, kid: &str, now: Duration) -> Option<Duration> {
        let mut keys = self.0.iter();
        let key = keys.find(|key| *key.kid == *kid && key.until > now)?;
        Some(key.until)
    }
}

/// How long a fetch counts against a key id that it did not bring.
const REMEMBERED: Duration = Duration::from_secs(60);
/// How many key ids of at most 256 bytes are remembered for each authority. A flood has more; the budget of fetches limits what they cause.
const MAX_ABSENT_KEYS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_as_absent_for_a_minute_after_the_fetch_that_showed_it() {
        let mut absent = AbsentKeys::default();
        let at = Duration::from_secs;
        absent.insert("a", at(10), at(12));
        assert_eq!(absent.until("a", at(69)), Some(at(70)));
        assert_eq!(absent.until("a", at(70)), None);
        assert_eq!(absent.until("b", at(12)), None);
    }

    #[test]
    fn no_more_keys_are_remembered_than_the_bound_says() {
        let mut absent = AbsentKeys::default();
        for number in 0..MAX_ABSENT_KEYS + 10 {
            absent.insert(&number.to_string(), Duration::ZERO, Duration::ZERO);
        }
        assert_eq!(absent.0.len(), MAX_ABSENT_KEYS);
        assert!(absent.until("9", Duration::ZERO).is_none());
        assert!(absent.until("10", Duration::ZERO).is_some());
    }
}
