//! What the evidence for a migration may say: who used a legacy issuer, and since when uses have been counted. Times are in seconds, by the layer's wall
//! clock.

use std::collections::BTreeMap;

use super::topology::{GAP, SOURCES};

#[derive(Debug, Clone)]
pub(super) struct Evidence {
    since: u64,
    ahead: i64,
    uses: BTreeMap<String, u64>,
    /// Since when each issuer has been legacy.
    legacy: BTreeMap<String, u64>,
    /// When a token of an issuer last went unjudged, unless the clock has been set by more than `GAP` since.
    unjudged: BTreeMap<String, u64>,
    saved_at: u64,
}

impl Evidence {
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

    /// Compares the clocks, as the layer does.
    pub(super) fn look(&mut self, wall: u64, ahead: i64) {
        if ahead.abs_diff(self.ahead) > GAP {
            self.since = wall;
            self.limit(wall);
        }
        self.ahead = ahead;
    }

    /// Watches the issuers that are legacy now. An issuer that was watched stays so if it may turn out to be that of a legacy authority that has never been
    /// fetched.
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

    /// Records that a token went unjudged whose issuer is legacy or may turn out to be.
    pub(super) fn could_not_judge(&mut self, issuer: &str, wall: u64) {
        self.unjudged.insert(issuer.to_owned(), wall);
    }

    fn limit(&mut self, wall: u64) {
        let dates = self.uses.values_mut().chain(self.legacy.values_mut());
        for date in dates.chain(self.unjudged.values_mut()) {
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

    /// The clock is set by this much. If that is more than `GAP`, nobody can tell what earlier dates mean.
    pub(super) fn clock_is_set(&mut self, by: u64) {
        if by > GAP {
            self.unjudged.clear();
        }
    }

    /// When a token of this issuer last went unjudged, if that was after `since`, from which on the report claims that all were judged. Setting the clock by
    /// less than a gap shifts the recorded times, so only those more than a gap after `since` count.
    pub(super) fn unjudged_after(&self, issuer: &str, since: u64) -> Option<u64> {
        let at = self.unjudged.get(issuer).copied();
        at.filter(|at| *at > since + GAP)
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
