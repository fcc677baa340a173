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
    forgotten_entry::{Forgotten, Former, Named, Saved},
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
        self.push(key, None, None);
    }

    /// Adds a key of an authority that has, or had, this metadata URL. It must then be [bound](Self::bind).
    pub(crate) fn add_with_url(&self, key: ForgottenKey, url: Option<&str>) {
        self.push(key, url, None);
    }

    /// Adds a key of an earlier process. It must then be [bound](Self::bind) to its authority.
    pub(crate) fn restore(&self, saved: Saved) {
        self.push(saved.key, saved.url.as_deref(), Some(saved.of));
    }

    fn push(&self, key: ForgottenKey, url: Option<&str>, former: Option<Former>) {
        let _changing = self.changing.lock();
        let mut keys = self.keys.load().to_vec();
        let is_known =
            |known: &Forgotten| known.key == key && (url.is_none() || known.url.as_deref() == url);
        if !keys.iter().any(is_known) {
            keys.push(Forgotten {
                key,
                lineage: None,
                url: url.map(Arc::from),
                former,
            });
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
                former: None,
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
            let Some(forgotten) = keys.get(at).cloned() else {
                break;
            };
            let renamed = forgotten.renamed(&keys, &authorities);
            // Of several, nobody knows which one it was.
            let former = forgotten.former.filter(|_| renamed.len() == 1);
            for authority in renamed {
                let key = ForgottenKey::of(authority.name, &forgotten.key.kid);
                if !keys.iter().any(|known| known.key == key) {
                    keys.push(Forgotten::bound(key, authority, former));
                }
            }
        }
        for at in 0..keys.len() {
            let Some(Forgotten { key, former, .. }) = keys.get(at).cloned() else {
                break;
            };
            let Some(authority) = authority_of(&key, authorities.clone()) else {
                continue;
            };
            let bound = Forgotten::bound(key, authority, None);
            if keys.iter().any(|it| it.is_like(&bound)) {
                continue;
            }
            match keys.get_mut(at) {
                Some(unbound) if unbound.may_become(&bound) => {
                    *unbound = Forgotten { former, ..bound };
                }
                // The authority that had the name before stays bound: a source of tenants may find it again.
                _ => push(&mut keys, bound),
            }
        }
        self.keys.store(keys.into());
    }

    /// The keys that stay forgotten regardless of the settings.
    pub(crate) fn all(&self) -> Vec<Saved> {
        let keys = self.keys.load();
        let mut all: Vec<Saved> = Vec::with_capacity(keys.len());
        let mut numbers: Vec<Former> = Vec::with_capacity(keys.len());
        for (at, forgotten) in keys.iter().enumerate() {
            let mut earlier = keys.iter().zip(&numbers);
            let same = earlier.find(|(it, _)| it.is_of_same_authority(forgotten));
            let of = same.map_or(Former(at), |(_, of)| *of);
            numbers.push(of);
            let (key, url) = (&forgotten.key, &forgotten.url);
            if !all.iter().any(|it| it.key == *key && it.url == *url) {
                let (key, url) = (key.clone(), url.clone());
                all.push(Saved { key, url, of });
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
