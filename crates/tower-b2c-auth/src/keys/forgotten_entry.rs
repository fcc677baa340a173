//! One forgotten key, and how its authority is recognised under another name: by its lineage within this process, by its metadata URL after a restart.

use std::sync::Arc;

use super::ids::Lineage;
use crate::settings::ForgottenKey;

/// A key, and the authority that it is forgotten for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Forgotten {
    pub(super) key: ForgottenKey,
    /// The [lineage](super::KeySource::lineage) of the authority that has, or had, the name in `key`. A waiting request may know the authority by another name.
    pub(super) lineage: Option<Lineage>,
    /// The metadata URL of that authority. Without a lineage, it is the one that an earlier process knew, and the authority has not been found yet.
    pub(super) url: Option<Arc<str>>,
}

/// An authority, and what it is known by if its name changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) lineage: Lineage,
    pub(crate) url: Option<&'a str>,
}

impl Forgotten {
    pub(super) fn bound(key: ForgottenKey, authority: Named<'_>) -> Self {
        Self {
            key,
            lineage: Some(authority.lineage),
            url: authority.url.map(Arc::from),
        }
    }

    pub(super) fn is_of(&self, Named { name, lineage, .. }: Named<'_>) -> bool {
        let of = self.key.authority.as_deref();
        of.is_none_or(|of| of == name || self.lineage == Some(lineage))
    }

    /// The key under the present name of its authority. `None` if the authority is not in force.
    pub(super) fn present<'a>(
        &self,
        authorities: impl Iterator<Item = Named<'a>>,
    ) -> Option<ForgottenKey> {
        let named = self.in_force(authorities)?;
        Some(ForgottenKey::of(named.name, &self.key.kid))
    }

    /// The authorities that the key is forgotten for, but that may have another name by now. After a restart, these are all that have the metadata URL, if
    /// none of them has the name: nobody knows which one it was. From then on, they are known by their own names.
    pub(super) fn take_renamed<'a>(
        &mut self,
        authorities: &(impl Iterator<Item = Named<'a>> + Clone),
    ) -> Vec<Named<'a>> {
        let Some(of) = self.key.authority.as_deref() else {
            return Vec::new();
        };
        if self.lineage.is_some() {
            return self.in_force(authorities.clone()).into_iter().collect();
        }
        let has_url = |it: &Named<'_>| it.url.is_some() && it.url == self.url.as_deref();
        let with_url: Vec<_> = authorities.clone().filter(has_url).collect();
        if with_url.is_empty() || with_url.iter().any(|it| it.name == of) {
            return Vec::new();
        }
        self.url = None;
        with_url
    }

    /// Whether `bound` can take the place of this entry, which must not be waiting for an authority with another metadata URL.
    pub(super) fn may_become(&self, bound: &Self) -> bool {
        self.lineage.is_none() && (self.url.is_none() || self.url == bound.url)
    }

    fn in_force<'a>(&self, mut authorities: impl Iterator<Item = Named<'a>>) -> Option<Named<'a>> {
        let lineage = self.lineage?;
        authorities.find(|it| it.lineage == lineage)
    }
}
