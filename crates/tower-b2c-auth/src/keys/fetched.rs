//! Key id ─▶ fetched key, for requests.

use std::{
    collections::BTreeMap,
    hash::BuildHasher as _,
    sync::{Arc, Weak},
};

use foldhash::fast::FixedState;
use parking_lot::RwLock;
use smallvec::SmallVec;

use super::key::LiveKey;

/// The fetched keys of one source. They change only while the source's state is locked.
///
/// The [cache](super::cache::KeyCache) keeps the keys alive; this list only refers to them. A look-up in the cache touches about twelve cache lines that no
/// other authority uses, and with thousands of authorities they are in no CPU cache. A look-up here touches the list and the key.
#[derive(Debug, Default)]
pub(super) struct FetchedKeys {
    keys: RwLock<Keys>,
}

/// Each key with the hash of its id. B2C's user flows have one key.
type Keys = SmallVec<[(u64, Weak<LiveKey>); 1]>;

impl FetchedKeys {
    /// The key with this id, if the cache still has it.
    pub(super) fn get(&self, kid: &str) -> Option<Arc<LiveKey>> {
        let hash = hash(kid);
        let keys = self.keys.read();
        let mut keys = keys.iter().filter(|(known, _)| *known == hash);
        keys.find_map(|(_, key)| key.upgrade().filter(|key| key.kid() == Some(kid)))
    }

    /// The ids of the keys that the cache still has.
    pub(super) fn ids(&self) -> Vec<Box<str>> {
        self.all().into_keys().collect()
    }

    /// The keys that the cache still has, by id.
    pub(super) fn all(&self) -> BTreeMap<Box<str>, Arc<LiveKey>> {
        let keys = self.keys.read();
        let keys = keys.iter().filter_map(|(_, key)| key.upgrade());
        keys.filter_map(|key| Some((key.kid()?.into(), key)))
            .collect()
    }

    /// Replaces all keys.
    pub(super) fn set(&self, keys: BTreeMap<Box<str>, Arc<LiveKey>>) {
        let keys = keys.iter();
        let keys = keys.map(|(kid, key)| (hash(kid), Arc::downgrade(key)));
        *self.keys.write() = keys.collect();
    }
}

/// Keys with equal hashes are told apart by their ids.
fn hash(kid: &str) -> u64 {
    FixedState::default().hash_one(kid)
}
