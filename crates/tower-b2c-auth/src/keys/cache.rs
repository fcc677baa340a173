//! Caches the fetched keys of all authorities, each with its own expiry.
//!
//! An entry keeps its key alive; [`FetchedKeys`](super::fetched::FetchedKeys), which requests read instead, only refers to it. The number of entries is
//! bounded by what the authorities publish, because only fetched documents and snapshots add any.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use foldhash::fast::RandomState;
use moka::{Expiry, sync::Cache};

use super::{ids::SourceId, key::LiveKey};

/// A moka TTL cache: one entry for each key source and `kid`.
///
/// moka frees an entry by its own clock, which a test cannot move. The injected clock decides whether a key may still be used.
#[derive(Debug)]
pub(super) struct KeyCache {
    slots: Cache<SlotName, Slot, RandomState>,
}

/// A fetched key, and when it was seen.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) key: Arc<LiveKey>,
    /// When a document last listed it.
    pub(super) last_seen: Duration,
    /// When documents stopped listing it. `None` if the last one lists it.
    pub(super) vanished: Option<Duration>,
    pub(super) time_to_live: Duration,
}

impl KeyCache {
    pub(super) fn get(&self, source: SourceId, kid: &str) -> Option<Slot> {
        self.slots.get(&(source, kid.into()))
    }

    pub(super) fn insert(&self, source: SourceId, kid: &str, slot: Slot) {
        self.slots.insert((source, kid.into()), slot);
    }

    pub(super) fn remove(&self, source: SourceId, kid: &str) {
        self.slots.invalidate(&(source, kid.into()));
    }
}

impl Default for KeyCache {
    fn default() -> Self {
        Self {
            slots: Cache::builder()
                .expire_after(TimeToLive)
                .build_with_hasher(RandomState::default()),
        }
    }
}

/// Identifies a key within its source, because unrelated tenants share key ids and even keys.
type SlotName = (SourceId, Box<str>);

struct TimeToLive;

impl Expiry<SlotName, Slot> for TimeToLive {
    fn expire_after_create(&self, _: &SlotName, slot: &Slot, _: Instant) -> Option<Duration> {
        Some(slot.time_to_live)
    }

    fn expire_after_update(
        &self,
        _: &SlotName,
        slot: &Slot,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(slot.time_to_live)
    }
}
