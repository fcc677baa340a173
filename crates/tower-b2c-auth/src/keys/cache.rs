//! b3. Key set → cache: merged key by key, each key with its own end.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use b2c_verify::VerificationKey;
use moka::{Expiry, sync::Cache};

use super::live_key::LiveKey;

/// The fetched keys of one authority, by `kid`.
///
/// Every key ends `max_stale` after it was last seen in a document, or `retired_key_grace` after it vanished from one, whichever comes
/// first. moka drops it then by its own clock, which nobody can move; whether it is still usable is decided by the injected one.
#[derive(Debug)]
pub(super) struct KeyCache {
    slots: Cache<Box<str>, Slot>,
    max_stale: Duration,
    retired_key_grace: Duration,
}

#[derive(Debug, Clone)]
struct Slot {
    key: Arc<LiveKey>,
    last_seen: Duration,
    vanished: Option<Duration>,
    time_to_live: Duration,
}

impl KeyCache {
    pub(super) fn new(max_stale: Duration, retired_key_grace: Duration) -> Self {
        Self {
            slots: Cache::builder().expire_after(TimeToLive).build(),
            max_stale,
            retired_key_grace,
        }
    }

    pub(super) fn get(&self, kid: &str, now: Duration) -> Option<Arc<LiveKey>> {
        let slot = self.slots.get(kid)?;
        slot.key.is_usable(now).then_some(slot.key)
    }

    /// All usable keys, each with the time it was last seen in a document.
    pub(super) fn usable(&self, now: Duration) -> impl Iterator<Item = (Arc<LiveKey>, Duration)> {
        let all = self
            .slots
            .iter()
            .map(|(_, slot)| (slot.key, slot.last_seen));
        all.filter(move |(key, _)| key.is_usable(now))
    }

    /// Takes over what a document holds. Keys that are not in it are not dropped: their grace begins.
    ///
    /// Returns whether it brought anything new.
    pub(super) fn merge(
        &self,
        document: Vec<VerificationKey>,
        forgotten: &HashSet<Box<str>>,
        now: Duration,
    ) -> bool {
        let mut news = false;
        let mut listed = HashSet::new();
        for key in document {
            let Some(kid) = key.kid().map(Box::<str>::from) else {
                continue;
            };
            if forgotten.contains(&kid) {
                continue;
            }
            let known = match self.slots.get(&kid) {
                Some(slot) if slot.key.same_material(&key) && slot.key.is_usable(now) => slot.key,
                before => {
                    if let Some(replaced) = before {
                        replaced.key.end();
                    }
                    news = true;
                    Arc::new(LiveKey::new(Arc::new(key)))
                }
            };
            listed.insert(kid.clone());
            self.put(kid, known, now, None, now);
        }
        let vanished: Vec<_> = self
            .slots
            .iter()
            .filter(|(kid, slot)| slot.vanished.is_none() && !listed.contains(&**kid))
            .collect();
        for (kid, slot) in vanished {
            self.put((*kid).clone(), slot.key, slot.last_seen, Some(now), now);
        }
        news
    }

    /// Puts back a key that was last seen at `last_seen`, unless a document has brought it since.
    pub(super) fn restore(&self, key: VerificationKey, last_seen: Duration, now: Duration) {
        if let Some(kid) = key.kid().map(Box::<str>::from)
            && self.get(&kid, now).is_none()
        {
            self.put(
                kid,
                Arc::new(LiveKey::new(Arc::new(key))),
                last_seen,
                None,
                now,
            );
        }
    }

    /// Takes over the keys of another cache with their ages; the times of this one hold.
    pub(super) fn inherit(&self, before: &Self, now: Duration) {
        for (kid, slot) in &before.slots {
            if slot.key.is_usable(now) {
                self.put(
                    (*kid).clone(),
                    Arc::new(slot.key.fork()),
                    slot.last_seen,
                    slot.vanished,
                    now,
                );
            }
        }
    }

    pub(super) fn forget(&self, kid: &str) {
        if let Some(slot) = self.slots.remove(kid) {
            slot.key.end();
        }
    }

    fn put(
        &self,
        kid: Box<str>,
        key: Arc<LiveKey>,
        last_seen: Duration,
        vanished: Option<Duration>,
        now: Duration,
    ) {
        let stale = last_seen.saturating_add(self.max_stale);
        let retired = vanished.map_or(Duration::MAX, |since| {
            since.saturating_add(self.retired_key_grace)
        });
        let usable_until = stale.min(retired);
        key.use_until(usable_until);
        self.slots.insert(
            kid,
            Slot {
                key,
                last_seen,
                vanished,
                time_to_live: usable_until.saturating_sub(now),
            },
        );
    }
}

struct TimeToLive;

impl Expiry<Box<str>, Slot> for TimeToLive {
    fn expire_after_create(&self, _: &Box<str>, slot: &Slot, _: Instant) -> Option<Duration> {
        Some(slot.time_to_live)
    }

    fn expire_after_update(
        &self,
        _: &Box<str>,
        slot: &Slot,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(slot.time_to_live)
    }
}
