//! Issuer ─▶ the undiscovered authorities that could have it, in one look-up.
//!
//! Anybody can make up an issuer, so the search does not go through all authorities, unless the settings list the issuer without an authority. The index is
//! the origin of the metadata's URL. External ID and Entra ID have one entry each, because their issuers have other hosts than their metadata.

use std::sync::Arc;

use b2c_verify::MicrosoftHosts;
use foldhash::fast::RandomState;
use papaya::HashMap;

use crate::{authority::Authority, config::IssuerList, urls::HttpUrl};

/// The authorities whose issuer is known only from metadata that has never been fetched.
///
/// The host of its metadata limits which issuers such an authority may have, so it is found by that host. [`IssuerRule`](crate::keys::IssuerRule)
/// then decides for each of them.
#[derive(Default)]
pub(super) struct Undiscovered {
    by_place: HashMap<Box<str>, Arc<[Arc<Authority>]>, RandomState>,
}

impl Undiscovered {
    /// Neither this nor [`remove`](Self::remove) may run for two authorities at once.
    pub(super) fn add(&self, authority: &Arc<Authority>) {
        self.change(authority, |known| {
            known.push(Arc::clone(authority));
            known.sort_by_key(|authority| authority.position);
        });
    }

    pub(super) fn remove(&self, authority: &Arc<Authority>) {
        self.change(authority, |known| {
            known.retain(|known| !Arc::ptr_eq(known, authority));
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_place.is_empty()
    }

    /// The authorities that could have this issuer, in the order of the settings. If the settings list it without an authority, any that takes issuers of
    /// that list could have it.
    pub(super) fn candidates(
        &self,
        issuer: &str,
        listed: Option<IssuerList>,
    ) -> Vec<Arc<Authority>> {
        let by_place = self.by_place.pin();
        let mut found: Vec<Arc<Authority>> = Vec::new();
        let mut add = |authorities: &[Arc<Authority>]| {
            for authority in authorities {
                if !found.iter().any(|known| Arc::ptr_eq(known, authority)) {
                    found.push(Arc::clone(authority));
                }
            }
        };
        if listed.is_some() {
            by_place.values().for_each(|authorities| add(authorities));
        } else if let Ok(issuer) = HttpUrl::parse(issuer) {
            for place in places(&issuer) {
                if let Some(authorities) = by_place.get(&*place) {
                    add(authorities);
                }
            }
        }
        found.retain(|authority| {
            authority.could_have(issuer, listed) && !authority.keys.is_retired()
        });
        found.sort_by_key(|authority| authority.position);
        found
    }

    fn change(&self, authority: &Authority, change: impl Fn(&mut Vec<Arc<Authority>>)) {
        let Some(rule) = &authority.rule else {
            return;
        };
        let by_place = self.by_place.pin();
        for place in places(rule.metadata_url()) {
            let known = by_place.get(&*place).map(|known| known.to_vec());
            let mut known = known.unwrap_or_default();
            change(&mut known);
            if known.is_empty() {
                by_place.remove(&*place);
            } else {
                by_place.insert(place, known.into());
            }
        }
    }
}

/// The index keys that a metadata URL and its issuers have in common: the origin, or one of Microsoft's exceptions.
fn places(url: &HttpUrl) -> impl Iterator<Item = Box<str>> {
    let shared = match url.host() {
        host if MicrosoftHosts::external_id_tenant(host).is_some() => Some("external id".into()),
        host if MicrosoftHosts::is_entra_id(host) => Some("entra id".into()),
        _ => None,
    };
    [url.origin().into()].into_iter().chain(shared)
}
