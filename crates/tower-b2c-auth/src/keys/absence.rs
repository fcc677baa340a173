//! What follows from a key or an issuer that is not there.

use std::time::Duration;

use b2c_verify::NumericDate;

use super::{
    absent::Absent,
    source::{KeySource, State},
};

/// What a token needs and a source does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing<'a> {
    /// A usable key with this id.
    Key(&'a str),
    /// This issuer.
    Issuer(&'a str),
}

/// What is known about something that a source does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// The authority does not have it.
    Certain,
    /// It may have it by now.
    Undecided(Doubt),
}

/// What a fetch could settle, and what to do without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// Whether it is worth a fetch.
    pub(crate) ask: bool,
    /// Without a fetch: whether what is known is enough to refuse the token.
    pub(crate) refuse: bool,
    /// When another attempt is due.
    pub(crate) retry_after: Duration,
}

impl KeySource {
    /// What follows from what is missing.
    ///
    /// A fetch that began after the request asked settles it. An earlier fetch settles it only if no fetch is possible now and the token is older
    /// than that fetch by more than the clock skew: B2C publishes a key before it signs with it, and an issuer before its tokens name it.
    pub(crate) fn absence(
        &self,
        missing: Missing<'_>,
        issued_at: Option<NumericDate>,
        skew: Duration,
        asked: Option<u64>,
    ) -> Absence {
        if self.metadata.is_none() {
            return Absence::Certain;
        }
        let now = self.context.now();
        let mut state = self.lock();
        let Some(success) = state.plan.success() else {
            return Absence::Undecided(Self::doubt(&state, now));
        };
        // A fetch may have brought it while this request waited for the lock. The token must be judged again then, at once.
        if self.has_come(missing, now) {
            return Absence::Undecided(Doubt {
                ask: true,
                refuse: false,
                retry_after: Duration::ZERO,
            });
        }
        if asked.is_some_and(|asked| success.sequence > asked) {
            let (absent, name) = missing.of(&mut state);
            absent.insert(name, success.at, now);
            return Absence::Certain;
        }
        // The wall clock may have been set since. The fetch was as long ago as the monotonic clock says, and no later than its own date.
        let age = now.saturating_sub(success.at);
        let fetched = success
            .date
            .min(self.context.clock.now().saturating_sub(age));
        let is_older = issued_at.is_some_and(|date| date.saturating_add(skew) <= fetched);
        let is_fresh = now.saturating_sub(success.at) < state.times.max_stale;
        let refuse = is_older && is_fresh;
        let (absent, name) = missing.of(&mut state);
        let shown_until = absent.until(name, now);
        if refuse && shown_until.is_some() {
            return Absence::Certain;
        }
        let doubt = Self::doubt(&state, now);
        let remembered = shown_until.unwrap_or_default().saturating_sub(now);
        Absence::Undecided(Doubt {
            ask: shown_until.is_none(),
            refuse,
            retry_after: doubt.retry_after.max(remembered),
        })
    }

    /// Whether it is there by now. Ask with the state locked, because a fetch changes it under that lock.
    fn has_come(&self, missing: Missing<'_>, now: Duration) -> bool {
        match missing {
            Missing::Key(kid) => {
                let key = self.fetched.get(kid);
                key.is_some_and(|key| key.is_usable(now))
            }
            Missing::Issuer(issuer) => self.issuer().is_some_and(|told| *told == *issuer),
        }
    }

    /// What follows from an issuer that this source may turn out to have.
    pub(crate) fn undiscovered(&self) -> Doubt {
        Self::doubt(&self.lock(), self.context.now())
    }

    fn doubt(state: &State, now: Duration) -> Doubt {
        Doubt {
            ask: true,
            refuse: false,
            retry_after: state.plan.next_attempt(now).saturating_sub(now),
        }
    }
}

impl<'a> Missing<'a> {
    /// What is remembered of its kind, and its name.
    fn of(self, state: &mut State) -> (&mut Absent, &'a str) {
        match self {
            Self::Key(kid) => (&mut state.absent_keys, kid),
            Self::Issuer(issuer) => (&mut state.absent_issuers, issuer),
        }
    }
}
