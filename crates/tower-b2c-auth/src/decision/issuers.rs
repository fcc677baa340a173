//! Issuer ─▶ authorities, in one look-up.
//!
//! Readers take no lock: they see each issuer's entry as it was before or after a change. `issuer_changes.rs` says in which order a change is made.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Weak},
    time::Duration,
};

use b2c_verify::{AnyTenant, NumericDate, TenantId};
use foldhash::fast::RandomState;
use papaya::HashMapRef;
use parking_lot::{Mutex, MutexGuard};

use super::{
    any_tenant::{self, AnyTenants},
    changeable::Changeable,
    register::Register,
    undiscovered::Undiscovered,
};
use crate::{
    authority::{Authority, Position},
    clock::Clock,
    config::{IssuerList, Known},
    issuer::IssuerEntries,
    keys::KeyContext,
};

/// Which authorities have which issuer. It changes with their metadata, and when authorities are added and removed.
///
/// Readers never wait. A change touches only the issuers of one authority, however many authorities there are.
pub(crate) struct Issuers {
    pub(super) known: KnownIssuers,
    pub(super) undiscovered: Undiscovered,
    pub(super) changeable: Changeable,
    pub(super) any_tenant: AnyTenants,
    /// Issuers listed without an authority, by tenant id. They belong to the authorities of their tenant.
    pub(super) unassigned: HashMap<TenantId, Vec<Arc<str>>, RandomState>,
    /// Issuers that the settings list as legacy, of any authority.
    pub(super) legacy: HashSet<Box<str>, RandomState>,
    /// When these settings made them legacy.
    pub(super) since: NumericDate,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) register: Mutex<Register>,
    /// Held while found authorities are replaced.
    pub(super) replacing_found: Mutex<()>,
}

type KnownIssuers = papaya::HashMap<Arc<str>, IssuerEntries, RandomState>;

impl Issuers {
    pub(super) fn new(
        authorities: Vec<Arc<Authority>>,
        unassigned: &[String],
        legacy: &[String],
        keys: &KeyContext,
    ) -> Arc<Self> {
        let mut of_tenant: HashMap<_, Vec<Arc<str>>, _> = HashMap::default();
        for issuer in unassigned {
            if let Some(tenant) = TenantId::of_issuer(issuer) {
                of_tenant
                    .entry(tenant)
                    .or_default()
                    .push(issuer.as_str().into());
            }
        }
        let issuers = Arc::new(Self {
            known: KnownIssuers::default(),
            undiscovered: Undiscovered::default(),
            changeable: Changeable::default(),
            any_tenant: AnyTenants::default(),
            unassigned: of_tenant,
            legacy: legacy.iter().map(|issuer| issuer.as_str().into()).collect(),
            since: keys.clock.now(),
            clock: Arc::clone(&keys.clock),
            register: Mutex::default(),
            replacing_found: Mutex::default(),
        });
        let listener: Weak<Self> = Arc::downgrade(&issuers);
        keys.listen(listener);
        for authority in authorities {
            issuers.add(authority);
        }
        issuers
    }

    /// The issuers that are known now.
    pub(super) fn known(
        &self,
    ) -> HashMapRef<'_, Arc<str>, IssuerEntries, RandomState, impl papaya::Guard> {
        self.known.pin()
    }

    /// Whether an authority has this issuer now.
    pub(super) fn has(&self, issuer: &str, now: Duration) -> bool {
        let known = self.known();
        let known = known.get(issuer);
        known.is_some_and(|known| known.iter().any(|issuer| now < issuer.until))
    }

    /// Whether this authority has this issuer.
    pub(crate) fn has_for(&self, authority: &Arc<Authority>, issuer: &str) -> bool {
        let known = self.known();
        let mut known = known.get(issuer).into_iter().flatten();
        known.any(|known| Arc::ptr_eq(&known.authority, authority))
    }

    /// The one authority to which listed issuers could still belong once `removed` is gone. `None` if there are several or none, or if they could not belong
    /// to `removed` either.
    pub(crate) fn only_owner_without(&self, removed: &Arc<Authority>) -> Option<Arc<Authority>> {
        let could_have = |one: &Arc<Authority>| one.could_have_listed() && !one.is_found();
        let others = self.authorities().into_iter();
        let mut others = others.filter(|one| could_have(one) && !Arc::ptr_eq(one, removed));
        let only = others.next().filter(|_| could_have(removed))?;
        others.next().is_none().then_some(only)
    }

    /// The authorities whose issuer is not known yet, but could be this one. Call this before [`known`](Self::known): an authority whose issuer becomes
    /// known appears there before it disappears here.
    pub(super) fn undiscovered(&self, issuer: &str) -> Vec<Arc<Authority>> {
        if self.undiscovered.is_empty() {
            return Vec::new();
        }
        self.undiscovered.candidates(issuer, self.list_of(issuer))
    }

    /// The authorities of the tenant that this issuer names, whose metadata may name B2C's other issuer by now.
    pub(super) fn of_the_same_tenant(&self, issuer: &str) -> Option<Arc<[Arc<Authority>]>> {
        self.changeable.of_the_same_tenant(issuer)
    }

    /// The authorities that accept any tenant, if they cover this issuer. Only for an issuer that is not [known](Self::known).
    ///
    /// Nothing if another authority has an issuer of that tenant, or may have it later because the operator has listed it.
    pub(super) fn of_any_tenant(&self, issuer: &str) -> Option<Arc<IssuerEntries>> {
        // Loaded before the look-up below: if another authority gets the issuer after that look-up, this value is marked as replaced.
        let all = self.any_tenant.all()?;
        let known = self.known();
        let is_taken = |issuer: &str| {
            known.contains_key(issuer)
                || self.legacy.contains(issuer)
                || self.list_of(issuer).is_some()
        };
        let mut is_covered = false;
        for any in any_tenant::of(&all) {
            let Some(tenant) = any.tenant_of(issuer) else {
                continue;
            };
            is_covered = true;
            if any.issuers_of(tenant).any(|issuer| is_taken(&issuer)) {
                return None;
            }
        }
        is_covered.then_some(all)
    }

    /// Whether authorities that accept any tenant cover this issuer, even if another authority has it.
    pub(super) fn any_tenant_covers(&self, issuer: &str) -> bool {
        self.any_tenant.cover(issuer)
    }

    /// All authorities, in the order of the settings; added ones come last.
    pub(super) fn authorities(&self) -> Vec<Arc<Authority>> {
        let register = self.register();
        let entries = register.by_position.values();
        entries.map(|entry| Arc::clone(&entry.authority)).collect()
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<Arc<Authority>> {
        let register = self.register();
        let position = register.by_name.get(name)?;
        let entry = register.by_position.get(position)?;
        Some(Arc::clone(&entry.authority))
    }

    /// The next free position.
    pub(crate) fn next_position(&self) -> Position {
        let register = self.register();
        let last = register.by_position.keys().next_back();
        last.map_or(Position::FIRST, |last| last.next())
    }

    /// In which list the settings have this issuer without an authority.
    fn list_of(&self, issuer: &str) -> Option<IssuerList> {
        if self.unassigned.is_empty() {
            return None;
        }
        let listed = self.unassigned.get(&TenantId::of_issuer(issuer)?)?;
        let is_listed = listed.iter().any(|listed| **listed == *issuer);
        is_listed.then(|| self.list_of_listed(issuer))
    }

    /// The list of an issuer that the settings list.
    pub(super) fn list_of_listed(&self, issuer: &str) -> IssuerList {
        if self.legacy.contains(issuer) {
            IssuerList::Legacy
        } else {
            IssuerList::Issuers
        }
    }

    pub(super) fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock()
    }
}

impl Known for Issuers {
    fn has_name(&self, name: &str) -> bool {
        self.register().by_name.contains_key(name)
    }

    fn unknown_on_demand(&self) -> usize {
        self.register().unknown_on_demand
    }

    fn accepted_tenants(&self) -> Vec<AnyTenant> {
        let all = self.any_tenant.all();
        let all = all.iter().flat_map(|all| any_tenant::of(all));
        all.cloned().collect()
    }
}
