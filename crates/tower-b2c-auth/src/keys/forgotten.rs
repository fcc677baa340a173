//! The keys that must not be used.
//!
//! | forgotten by | until |
//! |---|---|
//! | `forget_key` | the layer ends; saved in the key snapshot |
//! | a key snapshot | as above |
//! | the settings | the settings no longer list it |
//!
//! A key is forgotten for all authorities, or for those with a certain name or metadata URL.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::forgotten_entry::{Forgotten, Named};
use crate::settings::ForgottenKey;

/// The keys forgotten by `forget_key`, by a snapshot, and by the settings in force.
///
/// Every verdict checks them, for cached, new and waiting tokens, even under settings that have since been replaced.
#[derive(Debug, Default)]
pub(crate) struct ForgottenKeys {
    /// Whether there has ever been one. Usually there is none, and a request then reads nothing else.
    has_been_any: AtomicBool,
    keys: ArcSwap<Vec<Forgotten>>,
    of_settings: ArcSwap<Vec<Forgotten>>,
    /// Held while the keys change, so that concurrent changes lose none.
    changing: Mutex<()>,
}

impl ForgottenKeys {
    /// Adds a key, and the metadata URL of its authority if that is known. It must then be [bound](Self::bind) to the authorities in force.
    pub(crate) fn add(&self, key: ForgottenKey, url: Option<&str>) {
        let _changing = self.changing.lock();
        let mut keys = self.keys.load().to_vec();
        let url = url.map(Arc::from);
        insert(&mut keys, Forgotten { key, url });
        self.has_been_any.store(true, Ordering::SeqCst);
        self.keys.store(keys.into());
    }

    /// Replaces the keys of the settings.
    pub(crate) fn set_of_settings<'a>(
        &self,
        keys: Vec<ForgottenKey>,
        authorities: impl Iterator<Item = Named<'a>> + Clone,
    ) {
        if !keys.is_empty() {
            self.has_been_any.store(true, Ordering::SeqCst);
        }
        let keys = keys.into_iter().map(|key| {
            let name = key.authority.as_deref();
            let of = name.and_then(|name| authorities.clone().find(|it| it.name == name));
            let url = of.and_then(|of| of.url).map(Arc::from);
            Forgotten { key, url }
        });
        self.of_settings.store(Arc::new(keys.collect()));
    }

    /// Notes the names and metadata URLs of the authorities in force that have forgotten keys, so that these stay forgotten if one of the two changes.
    pub(crate) fn bind<'a>(&self, authorities: impl Iterator<Item = Named<'a>> + Clone) {
        if !self.has_been_any() {
            return;
        }
        let _changing = self.changing.lock();
        let mut keys = self.keys.load().to_vec();
        let mut at = 0;
        while let Some(forgotten) = keys.get(at).cloned() {
            at += 1;
            if forgotten.key.authority.is_none() {
                continue;
            }
            let its = authorities.clone().filter(|it| forgotten.is_of(*it));
            its.for_each(|it| insert(&mut keys, Forgotten::of(&forgotten.key.kid, it)));
        }
        self.keys.store(keys.into());
    }

    /// The keys that stay forgotten regardless of the settings, each with a metadata URL of its authority.
    pub(crate) fn all(&self) -> Vec<(ForgottenKey, Option<Arc<str>>)> {
        let keys = self.keys.load();
        let all = keys.iter().map(|it| (it.key.clone(), it.url.clone()));
        all.collect()
    }

    pub(crate) fn contains<'a>(&self, authority: impl FnOnce() -> Named<'a>, kid: &str) -> bool {
        if !self.has_been_any() {
            return false;
        }
        let authority = authority();
        self.any(kid, |forgotten| forgotten.is_of(authority))
    }

    /// Whether the key is forgotten for the authorities with this metadata URL. They must have been [bound](Self::bind).
    pub(super) fn contains_at(&self, url: Option<&str>, kid: &str) -> bool {
        self.has_been_any() && self.any(kid, |forgotten| forgotten.concerns(url))
    }

    pub(crate) fn has_been_any(&self) -> bool {
        self.has_been_any.load(Ordering::SeqCst)
    }

    fn any(&self, kid: &str, is_of: impl Fn(&Forgotten) -> bool) -> bool {
        let is_it = |forgotten: &Forgotten| forgotten.key.kid == kid && is_of(forgotten);
        self.keys.load().iter().any(is_it) || self.of_settings.load().iter().any(is_it)
    }
}

/// Adds the entry unless it is there. An entry of the same name that had no URL yet gets this one.
fn insert(keys: &mut Vec<Forgotten>, new: Forgotten) {
    let is_same = |it: &&mut Forgotten| it.key == new.key;
    if keys
        .iter_mut()
        .filter(is_same)
        .any(|it| new.url.is_none() || it.url == new.url)
    {
        return;
    }
    let without_url = keys.iter_mut().filter(is_same).find(|it| it.url.is_none());
    match without_url {
        Some(without_url) => *without_url = new,
        None => keys.push(new),
    }
}
