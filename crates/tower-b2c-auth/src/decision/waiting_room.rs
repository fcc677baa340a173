//! Limits how many requests wait for keys.
//!
//! Without a limit, an attacker could make the service hold any number of requests by sending tokens with made-up key ids while the identity provider is
//! slow. The limit for each authority keeps one tenant's outage from refusing the requests of others. A request over a limit gets 503 at once, with
//! `Retry-After`.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::{authority::Authority, keys::KeySource};

/// Counts the waiting requests, in total and for each authority.
///
/// Each set of settings has its own limits. All share the counts, so that a swap does not reset them.
#[derive(Debug)]
pub(super) struct WaitingRoom {
    waiting: Arc<AtomicUsize>,
    max: usize,
    max_per_authority: usize,
}

/// A place in the waiting room. Dropping it frees the place.
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

    /// A place, if one is free. It does not count towards any authority yet.
    pub(super) fn enter(&self) -> Option<Place> {
        take_place(&self.waiting, self.max).then(|| Place {
            waiting: Arc::clone(&self.waiting),
            sources: Vec::new(),
            tenants: None,
            max_per_authority: self.max_per_authority,
        })
    }
}

impl Place {
    /// Whether the request may wait for this authority, or already does.
    pub(super) fn has_room_for(&self, authority: &Authority) -> bool {
        let waiting = authority.keys.waiting.load(Ordering::Acquire);
        waiting < self.max_per_authority || self.waits_for(&authority.keys)
    }

    fn waits_for(&self, source: &Arc<KeySource>) -> bool {
        self.sources.iter().any(|known| Arc::ptr_eq(known, source))
    }

    /// Counts the place towards this authority too. Returns whether there was room.
    pub(super) fn wait_for(&mut self, authority: &Authority) -> bool {
        let source = &authority.keys;
        if self.waits_for(source) {
            return true;
        }
        let has_room = take_place(&source.waiting, self.max_per_authority);
        if has_room {
            self.sources.push(Arc::clone(source));
        }
        has_room
    }

    /// Counts the place towards the source of tenants too, under the same limit as for an authority. Returns whether there was room.
    pub(super) fn wait_for_tenants(&mut self, waiting: &Arc<AtomicUsize>) -> bool {
        let has_room = self.tenants.is_some() || take_place(waiting, self.max_per_authority);
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

/// Takes one of `max` places. Returns whether one was free. Subtracting one from `taken` frees it.
fn take_place(taken: &AtomicUsize, max: usize) -> bool {
    let next = |count: usize| (count < max).then(|| count.saturating_add(1));
    taken
        .fetch_update(Ordering::AcqRel, Ordering::Acquire, next)
        .is_ok()
}
