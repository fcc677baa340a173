//! Which sources the background task must look at.
//!
//! Requests and swaps write ids here and notify the task; the task takes all of them at once. The list is bounded by [`MAX_CHANGED`], because nothing
//! empties it while the task is not running. Beyond that, the task looks at every source once.

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::ids::SourceId;

/// The sources that have changed since the background task last looked.
#[derive(Debug, Default)]
pub(super) struct WakeUps {
    changed: Mutex<Changed>,
    notify: Notify,
}

/// Sources by id.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Changed {
    These(Vec<SourceId>),
    #[default]
    All,
}

impl WakeUps {
    pub(super) fn one(&self, source: SourceId) {
        self.change(|changed| match changed {
            Changed::These(sources) if sources.len() < MAX_CHANGED => sources.push(source),
            _ => *changed = Changed::All,
        });
    }

    pub(super) fn all(&self) {
        self.change(|changed| *changed = Changed::All);
    }

    /// Takes the sources gathered since the last call.
    pub(super) fn take(&self) -> Changed {
        let mut changed = self.changed.lock();
        std::mem::replace(&mut *changed, Changed::These(Vec::new()))
    }

    /// Completes when there is something to look at.
    pub(super) async fn notified(&self) {
        self.notify.notified().await;
    }

    fn change(&self, change: impl FnOnce(&mut Changed)) {
        change(&mut self.changed.lock());
        self.notify.notify_one();
    }
}

/// How many sources are remembered individually.
const MAX_CHANGED: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ids::Sequence;

    #[test]
    fn sources_gather_one_by_one_until_there_are_too_many() {
        let wake_ups = WakeUps::default();
        let id = |number| SourceId(Sequence(number));
        assert_eq!(wake_ups.take(), Changed::All, "at the start");
        wake_ups.one(id(7));
        wake_ups.one(id(8));
        assert_eq!(wake_ups.take(), Changed::These(vec![id(7), id(8)]));
        for source in 0..=1024 {
            wake_ups.one(id(source));
        }
        assert_eq!(wake_ups.take(), Changed::All);
        assert_eq!(wake_ups.take(), Changed::These(Vec::new()));
    }
}
