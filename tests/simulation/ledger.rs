//! What the evidence for a migration may say: who used a legacy issuer, and since when somebody has watched. By the layer's wall clock, in seconds.

use std::collections::BTreeMap;

use super::topology::{GAP, SOURCES};

#[derive(Debug, Clone)]
pub(super) struct Ledger {
    since: u64,
    ahead: i64,
    uses: BTreeMap<String, u64>,
    /// Since when each issuer has been legacy.
    legacy: BTreeMap<String, u64>,
    /// When a token of an issuer was last not judged, by the wall clock and since the world began.
    unjudged: BTreeMap<String, (u64, u64)>,
    saved_at: u64,
}

impl Ledger {
    pub(super) fn new(wall: u64, ahead: i64) -> Self {
        Self {
            since: wall,
            ahead,
            uses: BTreeMap::new(),
            legacy: BTreeMap::new(),
            unjudged: BTreeMap::new(),
            saved_at: wall,
        }
    }

    pub(super) fn used(&mut self, issuer: &str, wall: u64) {
        self.uses.insert(issuer.to_owned(), wall);
    }

    /// Somebody looks at the clocks.
    pub(super) fn look(&mut self, wall: u64, ahead: i64) {
        if ahead.abs_diff(self.ahead) > GAP {
            self.since = wall;
            self.limit(wall);
        }
        self.ahead = ahead;
    }

    /// What is legacy now is watched from now on. A legacy authority that has not told its issuer may turn out to have one that was.
    pub(super) fn watch(
        &mut self,
        wall: u64,
        is_legacy: impl Fn(&str) -> bool,
        may_turn: impl Fn(&str) -> bool,
    ) {
        for issuer in SOURCES.iter().flat_map(|source| &source.forms) {
            if is_legacy(issuer) {
                self.legacy.entry(issuer.clone()).or_insert(wall);
            } else if !may_turn(issuer) {
                self.legacy.remove(issuer);
                self.unjudged.remove(issuer);
            }
        }
    }

    /// A token was not judged whose issuer is legacy, or may turn out to be.
    pub(super) fn could_not_judge(&mut self, issuer: &str, wall: u64, elapsed: u64) {
        self.unjudged.insert(issuer.to_owned(), (wall, elapsed));
    }

    fn limit(&mut self, wall: u64) {
        let dates = self.uses.values_mut().chain(self.legacy.values_mut());
        let unjudged = self.unjudged.values_mut().map(|(date, _)| date);
        for date in dates.chain(unjudged) {
            *date = wall.min(*date);
        }
    }

    pub(super) fn saved(&mut self, wall: u64) -> Self {
        self.saved_at = wall;
        self.clone()
    }

    /// What a later process may say.
    pub(super) fn resumed(&self, wall: u64, ahead: i64) -> Self {
        let mut next = self.clone();
        next.ahead = ahead;
        if wall < self.saved_at || wall > self.saved_at + GAP {
            next.since = wall;
        }
        next.limit(wall);
        next
    }

    /// When a token of this issuer was not judged, if that was after all of them were, by the report. A wall clock that was set by less than a gap moves what
    /// was noted. What was noted by a clock that was ahead may be told by the clock as it is now.
    pub(super) fn unjudged_after(
        &self,
        issuer: &str,
        since: u64,
        (wall, elapsed): (u64, u64),
    ) -> Option<u64> {
        let (noted, at) = self.unjudged.get(issuer).copied()?;
        let at = noted.min(wall.saturating_sub(elapsed - at));
        Some(at).filter(|at| *at > since + GAP)
    }

    /// Why a legacy issuer must not be called safe to remove, if it must not.
    pub(super) fn is_unsafe(
        &self,
        wall: u64,
        quiet: u64,
        is_legacy: impl Fn(&str) -> bool,
    ) -> Option<String> {
        if wall < self.since + quiet {
            return Some(format!("nobody watched before {}", self.since));
        }
        let mut legacy = self.legacy.iter();
        if let Some((issuer, since)) = legacy.find(|(_, since)| **since + quiet > wall) {
            return Some(format!("{issuer} has been legacy only since {since}"));
        }
        let mut uses = self.uses.iter();
        let (issuer, at) = uses.find(|(issuer, at)| is_legacy(issuer) && **at + quiet > wall)?;
        Some(format!("{issuer} was used at {at}"))
    }
}
