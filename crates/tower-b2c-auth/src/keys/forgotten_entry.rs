//! One forgotten key, and how its authority is recognised: by its name, by its lineage within this process, and by its metadata URL after a restart.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ids::Lineage;
use crate::settings::ForgottenKey;

/// A key, and the authority that it is forgotten for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Forgotten {
    pub(super) key: ForgottenKey,
    /// The [lineage](super::KeySource::lineage) of the authority that has, or had, the name in `key`. A waiting request may know the authority by another name.
    pub(super) lineage: Option<Lineage>,
    /// The metadata URL of that authority. Without a lineage, it is the one that an earlier process knew.
    pub(super) url: Option<Arc<str>>,
    /// Which authority that was in the earlier process.
    pub(super) former: Option<Former>,
}

/// Identifies an authority of an earlier process, within the snapshot of that process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Former(pub(super) usize);

/// A forgotten key as a snapshot has it.
pub(crate) struct Saved {
    pub(crate) key: ForgottenKey,
    pub(crate) url: Option<Arc<str>>,
    /// The same for all entries of one authority, even if it has had several names.
    pub(crate) of: Former,
}

/// An authority, and what it is known by if its name changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) lineage: Lineage,
    pub(crate) url: Option<&'a str>,
}

impl Forgotten {
    pub(super) fn bound(key: ForgottenKey, authority: Named<'_>, former: Option<Former>) -> Self {
        Self {
            key,
            lineage: Some(authority.lineage),
            url: authority.url.map(Arc::from),
            former,
        }
    }

    /// Whether it is the same key, bound to the same authority under the same name.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.key == other.key && self.lineage == other.lineage && self.url == other.url
    }

    /// Whether both are of one authority, under the same name or another.
    pub(super) fn is_of_same_authority(&self, other: &Self) -> bool {
        let is_same_now = self.lineage.is_some() && self.lineage == other.lineage;
        is_same_now || self.former.is_some() && self.former == other.former
    }

    pub(super) fn is_of(&self, Named { name, lineage, .. }: Named<'_>) -> bool {
        let of = self.key.authority.as_deref();
        of.is_none_or(|of| of == name || self.lineage == Some(lineage))
    }

    /// The authorities that the key is forgotten for, but that may have another name by now. `keys` are all forgotten ones.
    pub(super) fn renamed<'a>(
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
        // If the authority's present name is known, the key stays good for others with this URL.
        let is_noted = |it: &Self| {
            let names = |authority: &Named<'_>| it.key.authority.as_deref() == Some(authority.name);
            let is_same = it.key == self.key || it.is_of_same_authority(self);
            it.key.kid == self.key.kid && is_same && with_url.iter().any(names)
        };
        match keys.iter().any(is_noted) {
            true => Vec::new(),
            false => with_url,
        }
    }

    /// Whether `bound` can take the place of this entry, which must not be waiting for an authority with another metadata URL.
    pub(super) fn may_become(&self, bound: &Self) -> bool {
        self.lineage.is_none() && (self.url.is_none() || self.url == bound.url)
    }
}
