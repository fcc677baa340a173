//! The keys that must not be used.
//!
//! | forgotten by | until |
//! |---|---|
//! | `forget_key` | the layer ends; saved in the key snapshot |
//! | a key snapshot | as above |
//! | the settings | the settings no longer list it |
//!
//! A key is forgotten for all authorities, or for one, which may get another name: `forgotten_entry.rs` says how it is recognised.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::{
    forgotten_entry::{Forgotten, Named},
    ids::Lineage,
};
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
    /// Adds a key. It must then be [bound](Self::bind) to its authority.
    pub(crate) fn add(&self, key: ForgottenKey) {
        self.restore(key, None);
    }

    /// Adds a key of this authority, which is being removed.
    pub(crate) fn add_of(&self, key: ForgottenKey, authority: Named<'_>) {
        self.push(Forgotten::bound(key, authority));
    }

    /// Adds a key of an earlier process, which knew its authority by this metadata URL. It must then be [bound](Self::bind) to its authority.
    pub(crate) fn restore(&self, key: ForgottenKey, url: Option<&str>) {
        self.push(Forgotten {
            key,
            lineage: None,
            url: url.map(Arc::from),
        });
    }

    fn push(&self, forgotten: Forgotten) {
        let _changing = self.changing.lock();
        let mut keys = self.keys.load().to_vec();
        let is_new = match (forgotten.lineage, &forgotten.url) {
            (None, None) => !keys.iter().any(|known| known.key == forgotten.key),
            _ => !keys.contains(&forgotten),
        };
        if is_new {
            keys.push(forgotten);
            self.has_been_any.store(true, Ordering::SeqCst);
            self.keys.store(keys.into());
        }
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
            let of = authority_of(&key, authorities.clone());
            Forgotten {
                lineage: of.map(|of| of.lineage),
                url: of.and_then(|of| of.url).map(Arc::from),
                key,
            }
        });
        self.of_settings.store(Arc::new(keys.collect()));
    }

    /// Binds the keys that outlive the settings to the authorities in force. An authority with a new name keeps its forgotten keys.
    pub(crate) fn bind<'a>(&self, authorities: impl Iterator<Item = Named<'a>> + Clone) {
        if !self.has_been_any() {
            return;
        }
        let _changing = self.changing.lock();
        let mut keys = self.keys.load().to_vec();
        for at in 0..keys.len() {
            let Some(forgotten) = keys.get_mut(at) else {
                break;
            };
            let renamed = forgotten.take_renamed(&authorities);
            let kid = forgotten.key.kid.clone();
            for authority in renamed {
                let key = ForgottenKey::of(authority.name, &kid);
                if !keys.iter().any(|known| known.key == key) {
                    keys.push(Forgotten::bound(key, authority));
                }
            }
        }
        for at in 0..keys.len() {
            let Some(Forgotten { key, .. }) = keys.get(at).cloned() else {
                break;
            };
            let Some(authority) = authority_of(&key, authorities.clone()) else {
                continue;
            };
            let bound = Forgotten::bound(key, authority);
            let is_known = keys.contains(&bound);
            match keys.get_mut(at) {
                Some(unbound) if unbound.may_become(&bound) => *unbound = bound,
                _ if is_known => {}
                // The authority that had the name before stays bound: a source of tenants may find it again.
                _ => push(&mut keys, bound),
            }
        }
        self.keys.store(keys.into());
    }

    /// The keys that stay forgotten regardless of the settings, each with the metadata URL of its authority. An earlier name of an authority in force has
    /// none: the next process would take another authority with this URL for the one that had the name.
    pub(crate) fn all<'a>(
        &self,
        authorities: impl Iterator<Item = Named<'a>> + Clone,
    ) -> Vec<(ForgottenKey, Option<Arc<str>>)> {
        let keys = self.keys.load();
        let mut all = Vec::with_capacity(keys.len());
        for forgotten in keys.iter() {
            let present = forgotten.present(authorities.clone());
            let present = present.filter(|present| *present != forgotten.key);
            let is_earlier = present.is_some_and(|it| keys.iter().any(|known| known.key == it));
            let url = forgotten.url.clone().filter(|_| !is_earlier);
            let saved = (forgotten.key.clone(), url);
            if !all.contains(&saved) {
                all.push(saved);
            }
        }
        all
    }

    pub(crate) fn contains<'a>(&self, authority: impl FnOnce() -> Named<'a>, kid: &str) -> bool {
        if !self.has_been_any() {
            return false;
        }
        let authority = authority();
        self.any(kid, |forgotten| forgotten.is_of(authority))
    }

    /// Whether the key is forgotten for the sources of this lineage, which an authority in force has.
    pub(super) fn contains_of(&self, lineage: Lineage, kid: &str) -> bool {
        self.has_been_any()
            && self.any(kid, |forgotten| {
                forgotten.key.authority.is_none() || forgotten.lineage == Some(lineage)
            })
    }

    pub(crate) fn has_been_any(&self) -> bool {
        self.has_been_any.load(Ordering::SeqCst)
    }

    fn any(&self, kid: &str, is_of: impl Fn(&Forgotten) -> bool) -> bool {
        let is_it = |forgotten: &Forgotten| forgotten.key.kid == kid && is_of(forgotten);
        self.keys.load().iter().any(is_it) || self.of_settings.load().iter().any(is_it)
    }
}

/// Forgets the key for one more authority of the same name. If there are too many of them, the first one is dropped.
fn push(keys: &mut Vec<Forgotten>, forgotten: Forgotten) {
    let is_same = |it: &Forgotten| it.key == forgotten.key;
    if keys.iter().filter(|it| is_same(it)).count() >= MAX_LINEAGES
        && let Some(first) = keys.iter().position(is_same)
    {
        keys.remove(first);
    }
    keys.push(forgotten);
}

fn authority_of<'a>(
    key: &ForgottenKey,
    mut authorities: impl Iterator<Item = Named<'a>>,
) -> Option<Named<'a>> {
    let of = key.authority.as_deref()?;
    authorities.find(|authority| authority.name == of)
}

/// For how many authorities, which had the same name one after the other, a key stays forgotten.
const MAX_LINEAGES: usize = 16;
