//! The remembered answer about a user, and how long it is valid.
//!
//! | last answer | valid for | afterwards |
//! |---|---|---|
//! | found | `found_for` | look up again; while that fails, valid for `stale_for` more |
//! | no such user | `absent_for` | look up again; while that fails, 503 |
//! | none, because the look-up failed | [`PAUSE`] | look up again |
//!
//! An answer's time runs from the start of the call, because the database may have changed while the call ran. The pause runs from its end.

use std::{sync::Arc, time::Duration};

use super::Outcome;
use crate::{config::LookUpConfig, refusal::Unjudged};

/// The last answer about a user.
#[derive(Debug)]
pub(super) struct Remembered<T> {
    last: LastAnswer<T>,
    /// The time until which it is valid without another call.
    until: Duration,
}

#[derive(Debug)]
enum LastAnswer<T> {
    /// The result, and when its call started.
    Found(Arc<T>, Duration),
    NoSuchUser,
    /// The look-up failed, and there is no earlier answer.
    Failed,
}

impl<T> Remembered<T> {
    /// The result of a call that started at `called_at`. It may miss later changes.
    pub(super) fn answered(
        found: Option<Arc<T>>,
        called_at: Duration,
        config: &LookUpConfig,
    ) -> Self {
        let (last, valid_for) = match found {
            Some(found) => (LastAnswer::Found(found, called_at), config.found_for),
            None => (LastAnswer::NoSuchUser, config.absent_for),
        };
        Self {
            last,
            until: called_at.saturating_add(valid_for),
        }
    }

    /// A failed look-up. An earlier result stays valid for a while. An earlier "no such user" does not, because the user may exist by now.
    pub(super) fn unanswered(before: Option<&Self>, now: Duration, config: &LookUpConfig) -> Self {
        match before.and_then(|before| before.stale(now, config)) {
            Some((found, as_of, end)) => Self {
                last: LastAnswer::Found(found, as_of),
                until: now.saturating_add(PAUSE_WITH_STALE).min(end),
            },
            None => Self {
                last: LastAnswer::Failed,
                until: now.saturating_add(PAUSE),
            },
        }
    }

    /// The answer, if it is still valid. `None` means that the user must be looked up.
    pub(super) fn valid_at(&self, now: Duration) -> Option<Outcome<T>> {
        (now < self.until).then(|| self.last_answer(now))
    }

    /// The last answer, even if it is no longer valid.
    pub(super) fn last_answer(&self, now: Duration) -> Outcome<T> {
        match &self.last {
            LastAnswer::Found(found, _) => Ok(Some(Arc::clone(found))),
            LastAnswer::NoSuchUser => Ok(None),
            LastAnswer::Failed => Err(Unjudged::LookUpFailed {
                retry_after: self.until.saturating_sub(now),
            }),
        }
    }

    /// The last result, if it may still stand in for a newer one (`stale_for`).
    pub(super) fn found_before(&self, now: Duration, config: &LookUpConfig) -> Option<Arc<T>> {
        self.stale(now, config).map(|(found, _, _)| found)
    }

    /// The same, with the start of its call and the time until which it may stand in.
    fn stale(&self, now: Duration, config: &LookUpConfig) -> Option<(Arc<T>, Duration, Duration)> {
        let LastAnswer::Found(found, as_of) = &self.last else {
            return None;
        };
        let end = as_of.saturating_add(config.found_for);
        let end = end.saturating_add(config.stale_for);
        (now < end).then(|| (Arc::clone(found), *as_of, end))
    }
}

/// The time between a failed look-up and the next one of the same user.
const PAUSE: Duration = Duration::from_secs(1);
/// The pause while an earlier result can stand in. It is longer than [`PAUSE`], because each attempt makes requests wait, perhaps in vain, although there is
/// a result for them.
const PAUSE_WITH_STALE: Duration = Duration::from_secs(10);
