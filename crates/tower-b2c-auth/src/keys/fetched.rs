//! Key id ─▶ fetched key, for requests.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, Weak},
};

use smallvec::SmallVec;

use super::key::LiveKey;

/// The fetched keys of one source. It changes only while the source's state is locked.
///
/// The [cache](super::cache::KeyCache) keeps the keys alive; this list only refers to them. A look-up in the cache touches about twelve cache lines that no
/// other authority uses, and with thousands of authorities they are in no CPU cache. A look-up here touches two.
#[derive(Debug, Default)]
pub(super) struct FetchedKeys {
    keys: RwLock<Keys>,
}

/// The keys, sorted by id. B2C's user flows have one.
type Keys = SmallVec<[(Box<str>, Weak<LiveKey>); 1]>;

impl FetchedKeys {
    /// The key with this id, if the cache still has it.
    pub(super) fn get(&self, kid: &str) -> Option<Arc<LiveKey>> {
        let keys = self.read();
        let at = keys.binary_search_by(|(known, _)| (**known).cmp(kid));
        let (_, key) = keys.get(at.ok()?)?;
        key.upgrade()
    }

    pub(super) fn ids(&self) -> Vec<Box<str>> {
        self.read().iter().map(|(kid, _)| kid.clone()).collect()
    }

    /// The keys that the cache still has.
    pub(super) fn all(&self) -> BTreeMap<Box<str>, Arc<LiveKey>> {
        let keys = self.read();
        let keys = keys.iter();
        keys.filter_map(|(kid, key)| Some((kid.clone(), key.upgrade()?)))
            .collect()
    }

    /// Replaces all keys.
    pub(super) fn set(&self, keys: BTreeMap<Box<str>, Arc<LiveKey>>) {
        let keys = keys.into_iter();
        let keys = keys.map(|(kid, key)| (kid, Arc::downgrade(&key))).collect();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    fn read(&self) -> RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }
}
