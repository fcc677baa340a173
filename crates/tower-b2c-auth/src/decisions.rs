//! What became of requests, in numbers.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::{error::AuthError, migration::Counter};

/// Counts decisions over all settings a layer has had.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    accepted: Counter,
    refused: Mutex<BTreeMap<&'static str, u64>>,
}

/// How many requests were accepted and how many refused, since the layer was built. In report-only mode, those that would have been.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decisions {
    /// Accepted by the layer; a route may still have asked for more.
    pub accepted: u64,
    /// Refused, by [`AuthError::reason`]: a fixed set of words, fit for metric labels.
    pub refused: BTreeMap<&'static str, u64>,
}

impl Tally {
    pub(crate) fn accepted(&self) {
        self.accepted.increment();
    }

    pub(crate) fn refused(&self, error: &AuthError) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *refused.entry(error.reason()).or_default() += 1;
    }

    pub(crate) fn read(&self) -> Decisions {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        Decisions {
            accepted: self.accepted.get(),
            refused: refused.clone(),
        }
    }
}
