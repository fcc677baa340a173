//! What all key sources of a layer share. It outlives the settings.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::sync::Notify;

use super::{cache::KeyCache, fetch::Fetch, times::MAX_MAX_STALE};
use crate::clock::Clock;

/// The cache, the fetcher and the clock of all key sources of one layer.
pub(crate) struct KeyContext {
    pub(super) cache: KeyCache,
    pub(super) clock: Arc<dyn Clock>,
    /// Wakes the scheduler: a fetch has begun, or the sources have changed.
    pub(super) wake: Notify,
    /// Twice behind a pointer, because one that is swapped must be thin.
    fetch: ArcSwap<Arc<dyn Fetch>>,
    sequence: AtomicU64,
    discoveries: AtomicU64,
    ended: AtomicU64,
}

impl KeyContext {
    pub(crate) fn new(clock: Arc<dyn Clock>, fetch: Arc<dyn Fetch>) -> Self {
        Self {
            cache: KeyCache::default(),
            clock,
            wake: Notify::new(),
            fetch: ArcSwap::from_pointee(fetch),
            sequence: AtomicU64::new(0),
            discoveries: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        }
    }

    /// The time that the ages of keys are measured with. Restored keys were seen before the clock started, so it does not begin at zero.
    pub(crate) fn now(&self) -> Duration {
        self.clock.elapsed().saturating_add(MAX_MAX_STALE)
    }

    pub(crate) fn fetch(&self) -> Arc<dyn Fetch> {
        Arc::clone(&self.fetch.load())
    }

    pub(crate) fn set_fetch(&self, fetch: Arc<dyn Fetch>) {
        self.fetch.store(Arc::new(fetch));
    }

    /// The next place in the order of requests and fetches, which also holds on a clock that stands still.
    pub(crate) fn next_in_order(&self) -> u64 {
        self.sequence
            .fetch_add(1, Ordering::AcqRel)
            .saturating_add(1)
    }

    /// How often the issuer of any source has become known or changed.
    pub(crate) fn discoveries(&self) -> u64 {
        self.discoveries.load(Ordering::Acquire)
    }

    /// How many fetches have ended.
    pub(crate) fn ended(&self) -> u64 {
        self.ended.load(Ordering::Acquire)
    }

    /// Counts the end of a fetch, once what it brought can be seen. Returns how many have ended.
    pub(super) fn count_end(&self) -> u64 {
        self.ended.fetch_add(1, Ordering::AcqRel).saturating_add(1)
    }

    pub(super) fn count_discovery(&self) {
        self.discoveries.fetch_add(1, Ordering::AcqRel);
    }
}

impl fmt::Debug for KeyContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyContext").finish_non_exhaustive()
    }
}
