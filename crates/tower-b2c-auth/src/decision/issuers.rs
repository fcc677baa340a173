//! Issuer ─▶ authorities, by one look-up.

#[cfg(feature = "migration")]
use std::collections::BTreeMap;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::{ArcSwap, Guard};
use b2c_verify::TenantId;
use foldhash::fast::RandomState;

use crate::{authority::Authority, keys::KeyContext};

/// Which authorities accept which issuer. It follows what their metadata tell.
#[derive(Debug)]
pub(super) struct Issuers {
    authorities: Vec<Arc<Authority>>,
    /// Issuers that were listed without an authority, each with a tenant id: they belong to the authorities of that tenant.
    unassigned: Vec<String>,
    /// Issuers that are to be phased out, whichever authority they belong to.
    legacy: Vec<String>,
    keys: Arc<KeyContext>,
    index: ArcSwap<Index>,
    building: Mutex<()>,
}

/// The issuers as they are known at one moment.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// How many issuers had been told when it was built.
    pub(super) discoveries: u64,
    issuers: HashMap<Box<str>, Issuer, RandomState>,
    /// The authorities that have not told their issuer yet.
    pub(super) undiscovered: Vec<Arc<Authority>>,
}

/// One issuer.
#[derive(Debug, Default)]
pub(super) struct Issuer {
    /// The authorities that have it, each with the time until which it has.
    pub(super) authorities: Vec<(Arc<Authority>, Duration)>,
    pub(super) legacy: bool,
}

impl Issuers {
    pub(super) fn new(
        authorities: Vec<Arc<Authority>>,
        unassigned: Vec<String>,
        legacy: Vec<String>,
        keys: Arc<KeyContext>,
    ) -> Self {
        let issuers = Self {
            authorities,
            unassigned,
            legacy,
            keys,
            index: ArcSwap::default(),
            building: Mutex::default(),
        };
        issuers.index.store(Arc::new(issuers.build()));
        issuers
    }

    /// In the order of the settings.
    pub(super) fn authorities(&self) -> &[Arc<Authority>] {
        &self.authorities
    }

    /// What is known now.
    pub(super) fn load(&self) -> Guard<Arc<Index>> {
        let index = self.index.load();
        if index.discoveries == self.keys.discoveries() {
            return index;
        }
        let _building = self.building.lock().unwrap_or_else(PoisonError::into_inner);
        if self.index.load().discoveries != self.keys.discoveries() {
            self.index.store(Arc::new(self.build()));
        }
        self.index.load()
    }

    /// The issuers that are to be phased out, with the names of their authorities. Of a legacy authority that has not told its issuer yet, the issuer is empty.
    #[cfg(feature = "migration")]
    pub(super) fn legacy_issuers(&self) -> Vec<(String, String)> {
        let index = self.load();
        let legacy = index.issuers.iter().filter(|(_, issuer)| issuer.legacy);
        let mut all = BTreeMap::new();
        for (name, issuer) in legacy {
            let first = issuer.authorities.iter().find(|(one, _)| one.legacy);
            let first = first.or(issuer.authorities.first());
            let owner = first.map(|(authority, _)| authority.name.to_string());
            all.insert(name.to_string(), owner.unwrap_or_default());
        }
        for name in &self.legacy {
            all.entry(name.clone()).or_default();
        }
        let untold = index.undiscovered.iter().filter(|it| it.legacy);
        let untold = untold.map(|it| (String::new(), it.name.to_string()));
        all.into_iter().chain(untold).collect()
    }

    fn build(&self) -> Index {
        let mut index = Index {
            discoveries: self.keys.discoveries(),
            ..Index::default()
        };
        for authority in &self.authorities {
            let own = authority
                .assigned_issuers
                .iter()
                .map(|issuer| (issuer.as_str().into(), Duration::MAX));
            let mut own: Vec<(Box<str>, Duration)> = own.collect();
            own.extend(authority.keys.issuers());
            for (issuer, until) in &own {
                index.add(issuer, authority, *until);
            }
            for issuer in &authority.legacy_issuers {
                index.add(issuer, authority, Duration::MAX);
            }
            if authority.takes_unassigned_issuers {
                for issuer in &self.unassigned {
                    let tenant = TenantId::of_issuer(issuer);
                    if own
                        .iter()
                        .any(|(own, _)| TenantId::of_issuer(own) == tenant)
                    {
                        index.add(issuer, authority, Duration::MAX);
                    }
                }
            }
            if authority.keys.is_undiscovered() {
                index.undiscovered.push(Arc::clone(authority));
            }
        }
        for issuer in &self.legacy {
            if let Some(issuer) = index.issuers.get_mut(issuer.as_str()) {
                issuer.legacy = true;
            }
        }
        index
    }
}

impl Index {
    pub(super) fn get(&self, issuer: &str) -> Option<&Issuer> {
        self.issuers.get(issuer)
    }

    fn add(&mut self, issuer: &str, authority: &Arc<Authority>, until: Duration) {
        let entry = self.issuers.entry(issuer.into()).or_default();
        entry.legacy |= authority.legacy;
        let known = entry
            .authorities
            .iter_mut()
            .find(|(known, _)| Arc::ptr_eq(known, authority));
        match known {
            Some((_, known_until)) => *known_until = until.max(*known_until),
            None => entry.authorities.push((Arc::clone(authority), until)),
        }
    }
}
