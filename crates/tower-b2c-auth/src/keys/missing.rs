//! What to conclude from a missing key or issuer.
//!
//! | what is known | verdict |
//! |---|---|
//! | all keys are inline | it does not exist: 401 |
//! | there has been no successful fetch | undecided: fetch, else 503 |
//! | a fetch has just found it | undecided: judge again at once |
//! | a fetch that began after this request asked for one did not find it | it does not exist: 401, and the name is remembered |
//! | the name is remembered, and the token is older than the last fetch, which is more recent than `max_stale` | it does not exist: 401 |
//! | the name is remembered | undecided: no fetch, 503 until it is forgotten |
//! | anything else | undecided: fetch; without one, 401 if the token is older than the last fetch (which is more recent than `max_stale`), else 503 |
//!
//! "Older" means that the token was issued at least `clock_skew` before the fetch began. The fetch's date is the earlier of two: the wall clock at that
//! time, and the wall clock now minus the fetch's age. So a wall clock that was once ahead makes no good token look old.

use std::time::Duration;

use b2c_verify::NumericDate;

use super::{
    absent_names::AbsentNames,
    ids::Sequence,
    source::{KeySource, State},
};

/// What a token needs and its source lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing<'a> {
    /// A usable key with this id.
    Key(&'a str),
    /// This issuer.
    Issuer(&'a str),
}

/// Whether something missing is known not to exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// It does not exist.
    Certain,
    /// It may exist by now.
    Undecided(Doubt),
}

/// What a fetch could settle, and what to do without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// Whether to fetch.
    pub(crate) fetch: bool,
    /// Whether, without a fetch, an earlier one is evidence enough to refuse the token.
    pub(crate) refuse: bool,
    /// When another attempt is due.
    pub(crate) retry_after: Duration,
}

impl KeySource {
    /// What to conclude from a missing key or issuer.
    ///
    /// A fetch that began after the request asked for one settles it. An earlier fetch settles it only if no other is possible now and the token is older
    /// than that fetch by at least the clock skew: B2C publishes a key before it signs with it, and an issuer before its tokens name it.
    pub(crate) fn absence(
        &self,
        missing: Missing<'_>,
        issued_at: Option<NumericDate>,
        skew: Duration,
        asked: Option<Sequence>,
    ) -> Absence {
        if self.metadata.is_none() {
            return Absence::Certain;
        }
        let now = self.context.now();
        let mut state = self.lock();
        let Some(success) = state.plan.success() else {
            return Absence::Undecided(Self::doubt(&state, now));
        };
        // A fetch may have found it while this request waited for the lock. Then the token must be judged again at once.
        if self.has_come(missing, now) {
            return Absence::Undecided(Doubt {
                fetch: true,
                refuse: false,
                retry_after: Duration::ZERO,
            });
        }
        if asked.is_some_and(|asked| success.sequence > asked) {
            let (absent, name) = missing.of(&mut state);
            absent.insert(name, success.at, now);
            return Absence::Certain;
        }
        // The wall clock may have been set back since the fetch, so the date is also computed from the fetch's age. The earlier one counts.
        let age = now.saturating_sub(success.at);
        let fetched = success
            .date
            .min(self.context.clock.now().saturating_sub(age));
        let is_older = issued_at.is_some_and(|date| date.saturating_add(skew) <= fetched);
        let is_fresh = now.saturating_sub(success.at) < state.config.max_stale;
        let refuse = is_older && is_fresh;
        let (absent, name) = missing.of(&mut state);
        let shown_until = absent.until(name, now);
        if refuse && shown_until.is_some() {
            return Absence::Certain;
        }
        let doubt = Self::doubt(&state, now);
        let remembered = shown_until.unwrap_or_default().saturating_sub(now);
        Absence::Undecided(Doubt {
            fetch: shown_until.is_none(),
            refuse,
            retry_after: doubt.retry_after.max(remembered),
        })
    }

    /// Whether the source has it now. Call this with the state locked, because a fetch changes it under that lock.
    fn has_come(&self, missing: Missing<'_>, now: Duration) -> bool {
        match missing {
            Missing::Key(kid) => {
                let key = self.fetched.get(kid);
                key.is_some_and(|key| key.is_usable(now))
            }
            Missing::Issuer(issuer) => self.issuer().is_some_and(|named| *named == *issuer),
        }
    }

    /// What a fetch could settle for a source whose issuer is not known yet.
    pub(crate) fn undiscovered(&self) -> Doubt {
        Self::doubt(&self.lock(), self.context.now())
    }

    fn doubt(state: &State, now: Duration) -> Doubt {
        Doubt {
            fetch: true,
            refuse: false,
            retry_after: state.plan.next_attempt(now).saturating_sub(now),
        }
    }
}

impl<'a> Missing<'a> {
    /// The list of absent names of its kind, and its name.
    fn of(self, state: &mut State) -> (&mut AbsentNames, &'a str) {
        match self {
            Self::Key(kid) => (&mut state.absent_keys, kid),
            Self::Issuer(issuer) => (&mut state.absent_issuers, issuer),
        }
    }
}
