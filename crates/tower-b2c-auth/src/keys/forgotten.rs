//! The keys that must not be used.
//!
//! | forgotten by | until |
//! |---|---|
//! | `forget_key` | the layer ends; saved in the key snapshot |
//! | a key snapshot | as above |
//! | the settings | the settings no longer list it |
//!
//! A key is forgotten for all authorities, or for one, which is identified by its name and, because it may get another one, by its lineage (within this
//! process) and by its metadata URL (in a snapshot).

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
    /// The metadata URL of that authority. Without a lineage, it is the one that an earlier process knew.
    url: Option<Arc<str>>,
}

/// An authority, and what it is known by if its name changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) lineage: Lineage,
    pub(crate) url: Option<&'a str>,
}

impl ForgottenKeys {
    /// Adds a key. It must then be [bound](Self::bind) to its authority.
    pub(crate) fn add(&self, key: ForgottenKey) {
        self.restore(key, None);
    }

    /// Adds a key of an earlier process, which knew its authority by this metadata URL. It must then be [bound](Self::bind) to its authority.
    pub(crate) fn restore(&self, key: ForgottenKey, url: Option<&str>) {
        let _changing = self.changing.lock();
        let mut keys = self.keys.load().to_vec();
        let is_known =
            |known: &Forgotten| known.key == key && (url.is_none() || known.url.as_deref() == url);
        if !keys.iter().any(is_known) {
            keys.push(Forgotten {
                key,
                lineage: None,
                url: url.map(Arc::from),
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
            for renamed in forgotten.renamed(&keys, &authorities) {
                let key = ForgottenKey::of(renamed.name, &forgotten.key.kid);
                if !keys.iter().any(|known| known.key == key) {
                    keys.push(Forgotten::bound(key, renamed));
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
            if keys.contains(&bound) {
                continue;
            }
            match keys.get_mut(at) {
                Some(unbound) if unbound.may_become(&bound) => *unbound = bound,
                // The authority that had the name before stays bound: a source of tenants may find it again.
                _ => push(&mut keys, bound),
            }
        }
        self.keys.store(keys.into());
    }

    /// The keys that stay forgotten regardless of the settings, each with the metadata URL of its authority.
    pub(crate) fn all(&self) -> Vec<(ForgottenKey, Option<Arc<str>>)> {
        let keys = self.keys.load();
        let mut all = Vec::with_capacity(keys.len());
        for Forgotten { key, url, .. } in keys.iter() {
            let one = (key.clone(), url.clone());
            if !all.contains(&one) {
                all.push(one);
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
    fn bound(key: ForgottenKey, authority: Named<'_>) -> Self {
        Self {
            key,
            lineage: Some(authority.lineage),
            url: authority.url.map(Arc::from),
        }
    }

    fn is_of(&self, Named { name, lineage, .. }: Named<'_>) -> bool {
        let of = self.key.authority.as_deref();
        of.is_none_or(|of| of == name || self.lineage == Some(lineage))
    }

    /// The authorities that the key is forgotten for, but that may have another name by now. `keys` are all forgotten ones.
    fn renamed<'a>(
        &self,
        keys: &[Self],
        authorities: &(impl Iterator<Item = Named<'a>> + Clone),
    ) -> Vec<Named<'a>> {
        if self.key.authority.is_none() {
            return Vec::new();
        }
        if self.lineage.is_some() {
            let has_lineage = |it: &Named<'_>| Some(it.lineage) == self.lineage;
            return authorities.clone().find(has_lineage).into_iter().collect();
        }
        let has_url = |it: &Named<'_>| it.url.is_some() && it.url == self.url.as_deref();
        let with_url: Vec<_> = authorities.clone().filter(has_url).collect();
        // The earlier process may have noted the new name. Another authority with this URL keeps the key.
        let is_noted = |it: &Self| {
            let names = |authority: &Named<'_>| it.key.authority.as_deref() == Some(authority.name);
            it.key.kid == self.key.kid && it.url == self.url && with_url.iter().any(names)
        };
        match keys.iter().any(is_noted) {
            true => Vec::new(),
            false => with_url,
        }
    }

    /// Whether `bound` can take the place of this entry, which must not be waiting for an authority with another metadata URL.
    fn may_become(&self, bound: &Self) -> bool {
        self.lineage.is_none() && (self.url.is_none() || self.url == bound.url)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ids::{Sequence, SourceId};

    fn named(name: &str, lineage: u64) -> Named<'_> {
        let first = SourceId(Sequence(lineage));
        Named {
            name,
            lineage: Lineage(first),
            url: None,
        }
    }

    fn keys(forgotten: &ForgottenKeys) -> Vec<ForgottenKey> {
        forgotten.all().into_iter().map(|(key, _)| key).collect()
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
        assert_eq!(keys(&forgotten).len(), 2);
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
            keys(&forgotten),
            [ForgottenKey::of("a", "k"), ForgottenKey::of("c", "k")]
        );
    }

    /// The bug: after a restart under another name, an authority accepted the stolen key from the snapshot again.
    #[test]
    fn a_key_from_an_earlier_process_follows_the_metadata_url_to_another_name() {
        let at = |name, lineage, url| Named {
            url: Some(url),
            ..named(name, lineage)
        };
        let forgotten = ForgottenKeys::default();
        forgotten.restore(ForgottenKey::of("a", "k"), Some("https://one"));
        let is_forgotten = |authority| forgotten.contains(|| authority, "k");
        // The name has gone over to another authority, and the one that had it comes later.
        let (a, b, c) = (
            at("a", 2, "https://two"),
            at("b", 3, "https://one"),
            at("c", 4, "https://three"),
        );
        forgotten.bind([a, c].into_iter());
        forgotten.bind([a, b, c].into_iter());
        assert!(is_forgotten(a) && is_forgotten(b) && !is_forgotten(c));
        assert!(is_forgotten(at("d", 3, "https://one")));
        let urls = |all: Vec<(ForgottenKey, Option<Arc<str>>)>| -> Vec<_> {
            let url = |url: Option<Arc<str>>| url.map(|url| url.to_string());
            all.into_iter()
                .map(|(key, of)| (key.authority, url(of)))
                .collect()
        };
        let pair = |name: &str, url: &str| (Some(name.to_owned()), Some(url.to_owned()));
        let expected = [
            pair("a", "https://one"),
            pair("a", "https://two"),
            pair("b", "https://one"),
        ];
        assert_eq!(urls(forgotten.all()), expected);

        // With the same name and URL, another authority with this URL keeps the key.
        let forgotten = ForgottenKeys::default();
        forgotten.restore(ForgottenKey::of("a", "k"), Some("https://one"));
        let (a, b) = (at("a", 1, "https://one"), at("b", 2, "https://one"));
        forgotten.bind([a, b].into_iter());
        assert!(forgotten.contains(|| a, "k") && !forgotten.contains(|| b, "k"));
    }
}
