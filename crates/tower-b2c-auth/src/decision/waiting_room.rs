//! How many requests may wait for keys.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::{authority::Authority, keys::KeySource};

/// Counts the requests that wait, in all and for each authority, so that one tenant that hangs does not fill the room.
///
/// Settings have their own bounds. They share the count, so that no swap empties the room.
#[derive(Debug)]
pub(super) struct WaitingRoom {
    waiting: Arc<AtomicUsize>,
    max: usize,
    max_per_authority: usize,
}

/// A place in the waiting room, which is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    waiting: Arc<AtomicUsize>,
    sources: Vec<Arc<KeySource>>,
    tenants: Option<Arc<AtomicUsize>>,
    max_per_authority: usize,
}

impl WaitingRoom {
    pub(super) fn new(waiting: Arc<AtomicUsize>, max: usize, max_per_authority: usize) -> Self {
        Self {
            waiting,
            max,
            max_per_authority,
        }
    }

    /// A place, if there is one. It counts for no authority yet.
    pub(super) fn enter(&self) -> Option<Place> {
        take(&self.waiting, self.max).then(|| Place {
            waiting: Arc::clone(&self.waiting),
            sources: Vec::new(),
            tenants: None,
            max_per_authority: self.max_per_authority,
        })
    }
}

impl Place {
    /// Whether it could wait for this authority now, or does already.
    pub(super) fn has_room_for(&self, authority: &Authority) -> bool {
        let waiting = authority.keys.waiting.load(Ordering::Acquire);
        waiting < self.max_per_authority || self.waits_for(&authority.keys)
    }

    fn waits_for(&self, source: &Arc<KeySource>) -> bool {
        self.sources.iter().any(|known| Arc::ptr_eq(known, source))
    }

    /// Waits for this authority too. Returns whether there is room.
    pub(super) fn wait_for(&mut self, authority: &Authority) -> bool {
        let source = &authority.keys;
        if self.waits_for(source) {
            return true;
        }
        let has_room = take(&source.waiting, self.max_per_authority);
        if has_room {
            self.sources.push(Arc::clone(source));
        }
        has_room
    }
}

impl Place {
    /// Waits for the source of tenants too, for which no more may wait than for an authority. Returns whether there is room.
    pub(super) fn wait_for_tenants(&mut self, waiting: &Arc<AtomicUsize>) -> bool {
        let has_room = self.tenants.is_some() || take(waiting, self.max_per_authority);
        if has_room {
            self.tenants = Some(Arc::clone(waiting));
        }
        has_room
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        if let Some(tenants) = &self.tenants {
            tenants.fetch_sub(1, Ordering::AcqRel);
        }
        for source in &self.sources {
            source.waiting.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

fn take(counter: &AtomicUsize, max: usize) -> bool {
    let next = |count: usize| (count < max).then(|| count.saturating_add(1));
    counter
        .fetch_update(Ordering::AcqRel, Ordering::Acquire, next)
        .is_ok()
}
