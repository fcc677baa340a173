//! The keys that must not be used.
//!
//! | forgotten by | until |
//! |---|---|
//! | `forget_key` | the layer ends; saved in the key snapshot |
//! | a key snapshot | as above |
//! | the settings | the settings no longer list it |
//!
//! A key is forgotten for all authorities, or for those that `forgotten_owners.rs` recognises.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::atomic::{AtomicBool, Ordering},
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::forgotten_owners::{Named, Owners};
use crate::settings::ForgottenKey;

/// The keys forgotten by `forget_key`, by a snapshot, and by the settings in force.
///
/// Every verdict checks them, for cached, new and waiting tokens, even under settings that have since been replaced.
#[derive(Debug, Default)]
pub(crate) struct ForgottenKeys {
    /// Whether there has ever been one. Usually there is none, and a request then reads nothing else.
    has_been_any: AtomicBool,
    keys: ArcSwap<OwnersOfKeys>,
    of_settings: ArcSwap<OwnersOfKeys>,
    /// Held while the keys change, so that concurrent changes lose none.
    changing: Mutex<()>,
}

/// The authorities that a key is forgotten for, by key id.
pub(super) type OwnersOfKeys = BTreeMap<String, Owners>;

impl ForgottenKeys {
    /// Adds a key, and the metadata URL of its authority if that is known. It must then be [bound](Self::bind) to the authorities in force.
    pub(crate) fn add(&self, key: ForgottenKey, url: Option<&str>) {
        self.restore(&[(key.kid, Owners::of(key.authority, url))].into());
    }

    /// Adds the keys of an earlier process. They must then be [bound](Self::bind) to the authorities in force.
    pub(super) fn restore(&self, saved: &OwnersOfKeys) {
        let _changing = self.changing.lock();
        let mut keys = OwnersOfKeys::clone(&self.keys.load());
        for (kid, owners) in saved.clone() {
            add(&mut keys, kid, owners);
        }
        self.put(keys);
    }

    /// Replaces the keys of the settings.
    pub(crate) fn set_of_settings<'a>(
        &self,
        keys: Vec<ForgottenKey>,
        authorities: impl Iterator<Item = Named<'a>> + Clone,
    ) {
        let mut of_settings = OwnersOfKeys::new();
        for ForgottenKey { kid, authority } in keys {
            add(&mut of_settings, kid, Owners::of(authority, None));
        }
        note(&mut of_settings, &authorities);
        self.note_any(&of_settings);
        self.of_settings.store(of_settings.into());
    }

    /// Notes the names and metadata URLs of the authorities in force that have forgotten keys, so that these stay forgotten if one of the two changes.
    pub(crate) fn bind<'a>(&self, authorities: impl Iterator<Item = Named<'a>> + Clone) {
        if !self.has_been_any() {
            return;
        }
        let _changing = self.changing.lock();
        let mut keys = OwnersOfKeys::clone(&self.keys.load());
        note(&mut keys, &authorities);
        self.put(keys);
    }

    /// The keys that stay forgotten regardless of the settings.
    pub(super) fn saved(&self) -> OwnersOfKeys {
        OwnersOfKeys::clone(&self.keys.load())
    }

    pub(crate) fn contains<'a>(&self, authority: impl FnOnce() -> Named<'a>, kid: &str) -> bool {
        if !self.has_been_any() {
            return false;
        }
        let authority = authority();
        self.any(kid, |owners| owners.include(authority))
    }

    /// Whether the key is forgotten for the authorities with this metadata URL. They must have been [bound](Self::bind).
    pub(super) fn contains_at(&self, url: Option<&str>, kid: &str) -> bool {
        self.has_been_any() && self.any(kid, |owners| owners.include_url(url))
    }

    pub(crate) fn has_been_any(&self) -> bool {
        self.has_been_any.load(Ordering::SeqCst)
    }

    fn any(&self, kid: &str, is_it: impl Fn(&Owners) -> bool) -> bool {
        let lists = [&self.keys, &self.of_settings];
        lists
            .iter()
            .any(|keys| keys.load().get(kid).is_some_and(&is_it))
    }

    fn put(&self, keys: OwnersOfKeys) {
        self.note_any(&keys);
        self.keys.store(keys.into());
    }

    fn note_any(&self, keys: &OwnersOfKeys) {
        if !keys.is_empty() {
            self.has_been_any.store(true, Ordering::SeqCst);
        }
    }
}

fn note<'a>(keys: &mut OwnersOfKeys, authorities: &(impl Iterator<Item = Named<'a>> + Clone)) {
    let owners = keys.values_mut();
    owners.for_each(|owners| owners.note(authorities.clone()));
}

fn add(keys: &mut OwnersOfKeys, kid: String, owners: Owners) {
    match keys.entry(kid) {
        Entry::Vacant(entry) => drop(entry.insert(owners)),
        Entry::Occupied(mut entry) => entry.get_mut().add(owners),
    }
}
