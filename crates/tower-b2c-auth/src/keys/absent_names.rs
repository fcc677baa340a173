//! Remembers key ids and issuers that a fetch did not find.
//!
//! A name is remembered for [`REMEMBERED`], from the start of the fetch that did not find it. During that time it causes no fetch: a client that sends one
//! bad token again and again costs the identity provider one fetch a minute at most. Once [`MAX_ABSENT`] are remembered, the oldest is dropped for each new
//! one.

use std::{collections::VecDeque, time::Duration};

/// The names that recent fetches did not find, so that one token cannot cause a fetch each time it is sent.
#[derive(Default)]
pub(super) struct AbsentNames(VecDeque<AbsentName>);

struct AbsentName {
    name: Box<str>,
    until: Duration,
}

impl AbsentNames {
    /// Remembers that a fetch which began at `shown_at` did not find this name.
    pub(super) fn insert(&mut self, name: &str, shown_at: Duration, now: Duration) {
        self.0.retain(|it| it.until > now && *it.name != *name);
        if self.0.len() == MAX_ABSENT {
            self.0.pop_front();
        }
        self.0.push_back(AbsentName {
            name: name.into(),
            until: shown_at.saturating_add(REMEMBERED),
        });
    }

    /// The time until which the name counts as absent. `None` if it does not.
    pub(super) fn until(&self, name: &str, now: Duration) -> Option<Duration> {
        let mut names = self.0.iter();
        let it = names.find(|it| *it.name == *name && it.until > now)?;
        Some(it.until)
    }
}

/// How long a name counts as absent, from the start of the fetch that did not find it.
const REMEMBERED: Duration = Duration::from_secs(60);
/// How many key ids, of at most 256 bytes, are remembered for each authority. A flood has more, but the fetch budget limits their effect. The same bound
/// applies to issuers, of which there are few: B2C has two for a policy.
const MAX_ABSENT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_as_absent_for_a_minute_after_the_fetch_that_showed_it() {
        let mut absent = AbsentNames::default();
        let at = Duration::from_secs;
        absent.insert("a", at(10), at(12));
        assert_eq!(absent.until("a", at(69)), Some(at(70)));
        assert_eq!(absent.until("a", at(70)), None);
        assert_eq!(absent.until("b", at(12)), None);
    }

    #[test]
    fn no_more_keys_are_remembered_than_the_bound_says() {
        let mut absent = AbsentNames::default();
        for number in 0..MAX_ABSENT + 10 {
            absent.insert(&number.to_string(), Duration::ZERO, Duration::ZERO);
        }
        assert_eq!(absent.0.len(), MAX_ABSENT);
        assert!(absent.until("9", Duration::ZERO).is_none());
        assert!(absent.until("10", Duration::ZERO).is_some());
    }
}
