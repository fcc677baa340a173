//! When the background task must look at which source.
//!
//! An ordered set of the times at which the task next looks at each source. A change costs the logarithm of the number of sources, and the task never
//! iterates over all of them.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use super::ids::SourceId;

/// Sources by the time of their next regular fetch, each at most once.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    by_time: BTreeSet<(Duration, SourceId)>,
    times: HashMap<SourceId, Duration>,
}

impl Agenda {
    /// Schedules the source for this time, which replaces any other.
    pub(super) fn put(&mut self, source: SourceId, at: Duration) {
        self.remove(source);
        self.times.insert(source, at);
        self.by_time.insert((at, source));
    }

    pub(super) fn remove(&mut self, source: SourceId) {
        if let Some(at) = self.times.remove(&source) {
            self.by_time.remove(&(at, source));
        }
    }

    /// When the next source is due.
    pub(super) fn next(&self) -> Option<Duration> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Removes and returns the source that has been due for longest.
    pub(super) fn pop_due(&mut self, now: Duration) -> Option<SourceId> {
        let due = self.by_time.first().filter(|(at, _)| *at <= now);
        let (_, source) = *due?;
        self.remove(source);
        Some(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ids::Sequence;

    #[test]
    fn sources_come_in_the_order_of_their_times_and_only_at_the_last_one_noted() {
        let mut agenda = Agenda::default();
        let at = Duration::from_secs;
        let id = |number| SourceId(Sequence(number));
        agenda.put(id(1), at(30));
        agenda.put(id(2), at(20));
        agenda.put(id(3), at(10));
        agenda.put(id(1), at(5));
        agenda.put(id(3), at(40));
        agenda.remove(id(2));
        assert_eq!(agenda.next(), Some(at(5)));
        assert_eq!(agenda.pop_due(at(4)), None);
        assert_eq!(agenda.pop_due(at(39)), Some(id(1)));
        assert_eq!(agenda.pop_due(at(39)), None);
        assert_eq!(agenda.pop_due(at(40)), Some(id(3)));
        assert_eq!(agenda.next(), None);
    }
}
