//! Since when each legacy issuer has been watched: known as legacy, with every token of it judged.

use std::collections::{BTreeMap, HashSet};

use b2c_verify::NumericDate;

use super::LegacyIssuer;

/// Bounded by the legacy issuers of the settings and of the authorities' metadata: an issuer that only a token names adds no entry.
#[derive(Debug, Default)]
pub(super) struct WatchedIssuers {
    since: BTreeMap<String, NumericDate>,
    /// When a token was last not judged whose issuer had no entry. It may have been of any issuer that gets one later.
    not_judged: Option<NumericDate>,
}

impl WatchedIssuers {
    /// See [`Usage::watch`](super::Usage::watch).
    pub(super) fn watch(
        &mut self,
        mut legacy: Vec<LegacyIssuer>,
        may_turn_legacy: impl Fn(&str) -> bool,
    ) -> Vec<LegacyIssuer> {
        let now: HashSet<&str> = legacy.iter().map(|it| &*it.issuer).collect();
        self.since
            .retain(|issuer, _| now.contains(&**issuer) || may_turn_legacy(issuer));
        for it in legacy.iter_mut().filter(|it| !it.issuer.is_empty()) {
            let first = NumericDate::from_secs(it.legacy_since);
            let first = self.not_judged.map_or(first, |date| date.max(first));
            let since = self.since.entry(it.issuer.clone()).or_insert(first);
            it.legacy_since = since.as_unix().as_secs();
        }
        legacy
    }

    /// See [`Usage::not_judged`](super::Usage::not_judged).
    pub(super) fn not_judged(&mut self, issuer: &str, now: NumericDate) {
        match self.since.get_mut(issuer) {
            Some(since) => *since = now,
            None => self.not_judged = Some(now),
        }
    }

    pub(super) fn since(&self) -> &BTreeMap<String, NumericDate> {
        &self.since
    }

    /// Corrects dates in the future, left by a clock that was ahead.
    pub(super) fn limit(&mut self, now: NumericDate) {
        for date in self.since.values_mut().chain(&mut self.not_judged) {
            *date = now.min(*date);
        }
    }
}

impl FromIterator<(String, NumericDate)> for WatchedIssuers {
    fn from_iter<T: IntoIterator<Item = (String, NumericDate)>>(since: T) -> Self {
        Self {
            since: since.into_iter().collect(),
            not_judged: None,
        }
    }
}
