//! What was answered about a user, for as long as it counts.

use std::{sync::Arc, time::Duration};

use super::Outcome;
use crate::{config::LookUpRules, refusal::Unjudged};

/// The last that was heard of a user.
#[derive(Debug)]
pub(super) struct Remembered<T> {
    heard: Heard<T>,
    /// Until when it counts without another question.
    until: Duration,
}

#[derive(Debug)]
enum Heard<T> {
    /// As of this time.
    Found(Arc<T>, Duration),
    NoSuchUser,
    /// There was no answer, and there is none from earlier.
    Nothing,
}

impl<T> Remembered<T> {
    /// An answer to a question that was asked at `asked`: what has changed since then may be missing from it.
    pub(super) fn answered(found: Option<Arc<T>>, asked: Duration, rules: &LookUpRules) -> Self {
        let (heard, counts_for) = match found {
            Some(found) => (Heard::Found(found, asked), rules.found_for),
            None => (Heard::NoSuchUser, rules.absent_for),
        };
        Self {
            heard,
            until: asked.saturating_add(counts_for),
        }
    }

    /// There was no answer. An earlier result still counts for a while. That there was no such user does not, because the user may be known by now.
    pub(super) fn unanswered(before: Option<&Self>, now: Duration, rules: &LookUpRules) -> Self {
        match before.and_then(|before| before.stale(now, rules)) {
            Some((found, as_of, end)) => Self {
                heard: Heard::Found(found, as_of),
                until: now.saturating_add(PAUSE_WITH_STALE).min(end),
            },
            None => Self {
                heard: Heard::Nothing,
                until: now.saturating_add(PAUSE),
            },
        }
    }

    /// What counts at this time. `None`: the user must be looked up.
    pub(super) fn counting(&self, now: Duration) -> Option<Outcome<T>> {
        (now < self.until).then(|| self.last_heard(now))
    }

    /// What was heard last, whether or not it still counts.
    pub(super) fn last_heard(&self, now: Duration) -> Outcome<T> {
        match &self.heard {
            Heard::Found(found, _) => Ok(Some(Arc::clone(found))),
            Heard::NoSuchUser => Ok(None),
            Heard::Nothing => Err(Unjudged::LookUpFailed {
                retry_after: self.until.saturating_sub(now),
            }),
        }
    }

    /// What was found and counts if nothing newer can be had.
    pub(super) fn found_before(&self, now: Duration, rules: &LookUpRules) -> Option<Arc<T>> {
        self.stale(now, rules).map(|(found, _, _)| found)
    }

    /// What was found, as of when, and until when it counts if nothing newer can be had.
    fn stale(&self, now: Duration, rules: &LookUpRules) -> Option<(Arc<T>, Duration, Duration)> {
        let Heard::Found(found, as_of) = &self.heard else {
            return None;
        };
        let end = as_of.saturating_add(rules.found_for);
        let end = end.saturating_add(rules.stale_for);
        (now < end).then(|| (Arc::clone(found), *as_of, end))
    }
}

/// How long a user is left alone after a look-up without an answer.
const PAUSE: Duration = Duration::from_secs(1);
/// The same while an earlier answer counts: a request that waits for the next one may wait in vain.
const PAUSE_WITH_STALE: Duration = Duration::from_secs(10);
