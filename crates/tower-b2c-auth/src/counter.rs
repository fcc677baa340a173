//! A counter with little contention between threads.
//!
//! Each thread adds to one of [`SHARDS`] numbers, each in a cache line of its own, and reading adds them up. A sum that is read during additions may miss
//! the last ones, which does not matter for a metric.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

/// A sharded counter.
#[derive(Debug, Default)]
pub(crate) struct Counter([Shard; SHARDS]);

/// A counter on its own cache line, so that threads with different shards do not share one.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Shard(AtomicU64);

impl Counter {
    #[cfg(any(feature = "migration", test))]
    pub(crate) fn starting_at(count: u64) -> Self {
        let counter = Self::default();
        counter.0[0].0.store(count, Ordering::Relaxed);
        counter
    }

    pub(crate) fn increment(&self) {
        if let Some(shard) = self.0.get(shard()) {
            shard.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn get(&self) -> u64 {
        self.0
            .iter()
            .map(|shard| shard.0.load(Ordering::Relaxed))
            // Saturating, because the first count may come from a file.
            .fold(0, u64::saturating_add)
    }
}

/// Which shard this thread uses.
pub(crate) fn shard() -> usize {
    SHARD.get()
}

thread_local! {
    static SHARD: Cell<usize> = Cell::new(NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS);
}

static NEXT: AtomicUsize = AtomicUsize::new(0);
/// The number of shards. A few are enough to keep threads apart.
pub(crate) const SHARDS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrent_increments_are_all_counted() {
        let counter = Counter::starting_at(5);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..1000).for_each(|_| counter.increment()));
            }
        });
        assert_eq!(counter.get(), 8005);
    }
}
