//! What follows from a key that is not there.

use std::time::Duration;

use b2c_verify::NumericDate;

use super::source::{KeySource, State};

/// What is known about a key id that no usable key of a source has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// The authority does not have such a key.
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
    /// What follows from a key id that no usable key has.
    ///
    /// A fetch that began after the request asked settles it. An earlier fetch settles it only if no fetch is possible now and the token is older
    /// than that fetch by more than the clock skew: B2C publishes a key before it signs with it.
    pub(crate) fn absence(
        &self,
        kid: &str,
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
        if asked.is_some_and(|asked| success.sequence > asked) {
            state.absent.insert(kid, success.at, now);
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
        let shown_until = state.absent.until(kid, now);
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
