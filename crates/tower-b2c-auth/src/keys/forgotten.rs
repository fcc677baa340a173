//! The keys that must not be used.
//!
//! | forgotten by | until |
//! |---|---|
//! | `forget_key` | the layer ends; saved in the key snapshot |
//! | a key snapshot | as above |
//! | the settings | the settings no longer list it |
//!
//! A key is forgotten for all authorities, or for one, which is identified by its name and, because a swap may rename it, by its lineage.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::ids::Lineage;
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

/// A key, and the authority that it is forgotten for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Forgotten {
    key: ForgottenKey,
    /// The [lineage](super::KeySource::lineage) of the authority that has, or had, the name in `key`. A waiting request may know the authority by another name.
    lineage: Option<Lineage>,
}

/// An authority's name, and the lineage of its sources.
pub(crate) type Named<'a> = (&'a str, Lineage);

impl ForgottenKeys {
    /// Adds a key. It must then be [bound](Self::bind) to its authority.
    pub(crate) fn add(&self, key: ForgottenKey) {
        let _changing = self.changing.lock();
        let mut keys = self.keys.load().to_vec();
        if !keys.iter().any(|known| known.key == key) {
            keys.push(Forgotten { key, lineage: None });
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
        let keys = keys.into_iter().map(|key| Forgotten {
            lineage: lineage_of(&key, authorities.clone()),
            key,
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
            let Some(Forgotten { key, lineage }) = keys.get(at).cloned() else {
                break;
            };
            let mut called = authorities.clone();
            if let (Some(_), Some(lineage)) = (&key.authority, lineage)
                && let Some((name, _)) = called.find(|(_, known)| *known == lineage)
            {
                let key = ForgottenKey::of(name, &key.kid);
                if !keys.iter().any(|known| known.key == key) {
                    let lineage = Some(lineage);
                    keys.push(Forgotten { key, lineage });
                }
            }
        }
        for at in 0..keys.len() {
            let Some(Forgotten { key, .. }) = keys.get(at).cloned() else {
                break;
            };
            let Some(lineage) = lineage_of(&key, authorities.clone()) else {
                continue;
            };
            let bound = Forgotten {
                key,
                lineage: Some(lineage),
            };
            if keys.contains(&bound) {
                continue;
            }
            match keys.get_mut(at) {
                Some(unbound) if unbound.lineage.is_none() => *unbound = bound,
                // The authority that had the name before stays bound: a source of tenants may find it again.
                _ => push(&mut keys, bound),
            }
        }
        self.keys.store(keys.into());
    }

    /// The keys that stay forgotten regardless of the settings.
    pub(crate) fn all(&self) -> Vec<ForgottenKey> {
        let keys = self.keys.load();
        let mut all: Vec<ForgottenKey> = Vec::with_capacity(keys.len());
        for Forgotten { key, .. } in keys.iter() {
            if !all.contains(key) {
                all.push(key.clone());
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

impl Forgotten {
    fn is_of(&self, (name, lineage): Named<'_>) -> bool {
        let of = self.key.authority.as_deref();
        of.is_none_or(|of| of == name || self.lineage == Some(lineage))
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

fn lineage_of<'a>(
    key: &ForgottenKey,
    mut authorities: impl Iterator<Item = Named<'a>>,
) -> Option<Lineage> {
    let of = key.authority.as_deref()?;
    let (_, lineage) = authorities.find(|(name, _)| *name == of)?;
    Some(lineage)
}

/// For how many authorities, which had the same name one after the other, a key stays forgotten.
const MAX_LINEAGES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ids::{Sequence, SourceId};

    fn named(name: &str, lineage: u64) -> Named<'_> {
        let first = SourceId(Sequence(lineage));
        (name, Lineage(first))
    }

    #[test]
    fn a_key_is_forgotten_everywhere_or_for_the_authority_that_is_named() {
        let forgotten = ForgottenKeys::default();
        let key = |kid: &str, authority: Option<&str>| ForgottenKey {
            kid: kid.to_owned(),
            authority: authority.map(str::to_owned),
        };
        forgotten.add(key("everywhere", None));
        forgotten.add(key("there", Some("a")));
        forgotten.add(key("there", Some("a")));
        let (a, b) = (named("a", 1), named("b", 2));
        assert!(forgotten.contains(|| a, "everywhere") && forgotten.contains(|| b, "everywhere"));
        assert!(forgotten.contains(|| a, "there") && !forgotten.contains(|| b, "there"));
        assert_eq!(forgotten.all().len(), 2);
    }

    #[test]
    fn a_key_follows_its_authority_to_another_name_and_stays_with_the_old_one() {
        let forgotten = ForgottenKeys::default();
        let names = |known: [Named<'static>; 2]| forgotten.bind(known.into_iter());
        forgotten.add(ForgottenKey::of("a", "k"));
        names([named("a", 1), named("b", 2)]);
        names([named("c", 1), named("b", 2)]);
        assert!(
            forgotten.contains(|| named("c", 1), "k") && !forgotten.contains(|| named("b", 2), "k")
        );
        // A waiting request knows it by its old name.
        assert!(forgotten.contains(|| named("a", 1), "k"));
        names([named("c", 1), named("a", 3)]);
        assert!(
            forgotten.contains(|| named("c", 1), "k") && forgotten.contains(|| named("a", 3), "k")
        );
        assert_eq!(
            forgotten.all(),
            [ForgottenKey::of("a", "k"), ForgottenKey::of("c", "k")]
        );
    }
}
