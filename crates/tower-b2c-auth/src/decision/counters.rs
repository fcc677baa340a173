//! What happened to requests, in numbers.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    counter::{Counter, SHARDS, shard},
    refusal::AuthError,
};

/// Counts decisions over all settings a layer has had, in shards, so that threads do not wait for each other.
#[derive(Debug, Default)]
pub(crate) struct DecisionCounters {
    accepted: Counter,
    anonymous: Counter,
    refused: [Mutex<BTreeMap<&'static str, u64>>; SHARDS],
}

/// How many requests were accepted and how many refused, since the layer was built. In report-only mode, those that would have been.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decisions {
    /// Accepted by the layer; a route may still have asked for more.
    pub accepted: u64,
    /// Passed on without credentials: [`allow_anonymous`](crate::Settings::allow_anonymous), a [public](crate::RouteSettings::public) route, or a
    /// [preflight](crate::Settings::allow_preflights).
    pub anonymous: u64,
    /// Refused, by [`AuthError::reason`]: a fixed set of words, fit for metric labels.
    pub refused: BTreeMap<&'static str, u64>,
}

impl DecisionCounters {
    pub(crate) fn accepted(&self) {
        self.accepted.increment();
    }

    pub(crate) fn anonymous(&self) {
        self.anonymous.increment();
    }

    pub(crate) fn refused(&self, error: &AuthError) {
        if let Some(refused) = self.refused.get(shard()) {
            let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
            *refused.entry(error.reason()).or_default() += 1;
        }
    }

    pub(crate) fn read(&self) -> Decisions {
        let mut refused = BTreeMap::new();
        for shard in &self.refused {
            for (reason, count) in &*shard.lock().unwrap_or_else(PoisonError::into_inner) {
                *refused.entry(*reason).or_default() += count;
            }
        }
        Decisions {
            accepted: self.accepted.get(),
            anonymous: self.anonymous.get(),
            refused,
        }
    }
}
