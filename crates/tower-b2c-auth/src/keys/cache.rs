//! Caches the fetched keys of all authorities, each with its own expiry.
//!
//! An entry keeps its key alive; [`FetchedKeys`](super::fetched::FetchedKeys), which requests read instead, only refers to it. The number of entries is
//! bounded by what the authorities publish, because only fetched documents and snapshots add any.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
    time::{Duration, Instant},
};

use equivalent::Equivalent;
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
    time_to_live: Duration,
}

impl Slot {
    pub(super) fn new(
        key: Arc<LiveKey>,
        last_seen: Duration,
        vanished: Option<Duration>,
        time_to_live: Duration,
    ) -> Self {
        Self {
            key,
            last_seen,
            vanished,
            time_to_live,
        }
    }
}

impl KeyCache {
    pub(super) fn get(&self, source: SourceId, kid: &str) -> Option<Slot> {
        self.slots.get(&SlotNameRef { source, kid })
    }

    pub(super) fn insert(&self, source: SourceId, kid: &str, slot: Slot) {
        let kid = kid.into();
        self.slots.insert(SlotName { source, kid }, slot);
    }

    pub(super) fn remove(&self, source: SourceId, kid: &str) {
        self.slots.invalidate(&SlotNameRef { source, kid });
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
#[derive(Debug, PartialEq, Eq)]
struct SlotName {
    source: SourceId,
    kid: Box<str>,
}

/// A borrowed [`SlotName`], for looking it up without an allocation.
struct SlotNameRef<'a> {
    source: SourceId,
    kid: &'a str,
}

impl Hash for SlotName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.source, &*self.kid).hash(state);
    }
}

impl Hash for SlotNameRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.source, self.kid).hash(state);
    }
}

impl Equivalent<SlotName> for SlotNameRef<'_> {
    fn equivalent(&self, name: &SlotName) -> bool {
        self.source == name.source && *self.kid == *name.kid
    }
}

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
