//! A counter that threads do not fight over.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

/// Counts in several places, one for each of a few threads, and adds them up when it is read.
#[derive(Debug, Default)]
pub(crate) struct Counter([Shard; SHARDS]);

/// On a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Shard(AtomicU64);

impl Counter {
    pub(crate) fn starting_at(count: u64) -> Self {
        let counter = Self::default();
        counter.0[0].0.store(count, Ordering::Relaxed);
        counter
    }

    pub(crate) fn increment(&self) {
        let shard = SHARD.get();
        if let Some(shard) = self.0.get(shard) {
            shard.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn get(&self) -> u64 {
        self.0
            .iter()
            .map(|shard| shard.0.load(Ordering::Relaxed))
            .sum()
    }
}

thread_local! {
    static SHARD: Cell<usize> = Cell::new(NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS);
}

static NEXT: AtomicUsize = AtomicUsize::new(0);
const SHARDS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_between_threads() {
        let counter = Counter::starting_at(5);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..1000).for_each(|_| counter.increment()));
            }
        });
        assert_eq!(counter.get(), 8005);
    }
}
