//! The state that all key sources of a layer share. It outlives the settings.
//!
//! It holds what must exist only once in the whole layer: the cache, the pool of parsed keys, the forgotten keys, the clock, the fetcher, and
//! two counters. [`Sequence`] orders
//! requests and fetches, so that "a fetch that began after the request" has a meaning even on a clock that stands still. [`EndedFetches`] tells a request
//! whether a fetch ended while it was being judged.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use b2c_verify::KeyPool;
use parking_lot::Mutex;

use super::{
    cache::KeyCache,
    fetch::Fetch,
    forgotten::ForgottenKeys,
    ids::{EndedFetches, Sequence, SourceId},
    key_config::MAX_MAX_STALE,
    wake_ups::WakeUps,
};
use crate::clock::Clock;

/// The cache, the fetcher and the clock of all key sources of one layer.
pub(crate) struct KeyContext {
    pub(super) cache: KeyCache,
    /// The parsed keys that sources share.
    pub(super) pool: KeyPool,
    pub(crate) forgotten: ForgottenKeys,
    pub(crate) clock: Arc<dyn Clock>,
    /// Wakes the scheduler when a fetch has begun or the sources have changed.
    pub(super) wake_ups: WakeUps,
    /// Double indirection, because `ArcSwap` needs a thin pointer.
    fetch: ArcSwap<Arc<dyn Fetch>>,
    sequence: AtomicU64,
    ended: AtomicU64,
    listeners: Mutex<Vec<Weak<dyn IssuerListener>>>,
}

/// Is notified when the issuers of a source change.
pub(crate) trait IssuerListener: Send + Sync {
    /// Called when the issuers of this source have changed, while the source is locked.
    fn issuers_changed(&self, source: SourceId);
}

impl KeyContext {
    pub(crate) fn new(clock: Arc<dyn Clock>, fetch: Arc<dyn Fetch>) -> Self {
        Self {
            cache: KeyCache::default(),
            pool: KeyPool::default(),
            forgotten: ForgottenKeys::default(),
            clock,
            wake_ups: WakeUps::default(),
            fetch: ArcSwap::from_pointee(fetch),
            sequence: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            listeners: Mutex::default(),
        }
    }

    /// The time for the ages of keys. It does not start at zero, because restored keys were seen before the clock started.
    pub(crate) fn now(&self) -> Duration {
        self.clock.elapsed().saturating_add(MAX_MAX_STALE)
    }

    pub(crate) fn fetch(&self) -> Arc<dyn Fetch> {
        Arc::clone(&self.fetch.load())
    }

    pub(crate) fn set_fetch(&self, fetch: Arc<dyn Fetch>) {
        self.fetch.store(Arc::new(fetch));
    }

    /// The next place in the order of requests and fetches. The order holds even if the clock stands still.
    pub(crate) fn next_in_order(&self) -> Sequence {
        let before = self.sequence.fetch_add(1, Ordering::AcqRel);
        Sequence(before.saturating_add(1))
    }

    /// Registers a listener, for as long as it exists.
    pub(crate) fn listen(&self, listener: Weak<dyn IssuerListener>) {
        let mut listeners = self.listeners.lock();
        listeners.retain(|known| known.strong_count() > 0);
        listeners.push(listener);
    }

    /// The number of fetches that have ended.
    pub(crate) fn ended(&self) -> EndedFetches {
        EndedFetches(self.ended.load(Ordering::Acquire))
    }

    /// Counts the end of a fetch. Call this after its result is visible. Returns the number of fetches that have ended.
    pub(crate) fn count_end(&self) -> EndedFetches {
        let before = self.ended.fetch_add(1, Ordering::AcqRel);
        EndedFetches(before.saturating_add(1))
    }

    /// Calls all listeners before it returns, so that a request that sees the result of a fetch also sees the issuer.
    pub(super) fn tell_issuers(&self, source: SourceId) {
        let listeners = self.listeners.lock().clone();
        for listener in listeners.iter().filter_map(Weak::upgrade) {
            listener.issuers_changed(source);
        }
    }
}
