//! Issuer ─▶ authorities, in one look-up.
//!
//! Readers take no lock: they see the map as it was before or after a change. Writers are serialized by the lock on the register, and order their changes so
//! that a reader never misses an authority:
//!
//! 1. A new issuer is added to the known ones before its authority leaves the undiscovered ones.
//! 2. A new version of an issuer is in the map before the old version is marked as replaced. A cached token of the old version is then judged again, by the
//!    new one.
//! 3. A removed authority's key source is retired before the map changes, so that a request which has already found the authority is refused too.
//! 4. A new issuer is in the map before the value of those that accept any tenant is replaced, and readers look at the map after that value.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use b2c_verify::{AnyTenant, NumericDate, TenantId};
use foldhash::fast::RandomState;
use papaya::HashMapRef;

use super::{
    any_tenant::{self, AnyTenants},
    changeable::Changeable,
    register::{Entry, Register},
    undiscovered::Undiscovered,
};
#[cfg(feature = "migration")]
use crate::migration::LegacyIssuer;
use crate::{
    authority::Authority,
    clock::Clock,
    config::Known,
    issuer::{Authorities, Issuer},
    keys::{IssuerListener, KeyContext},
};

/// Which authorities have which issuer. It changes with their metadata, and when authorities are added and removed.
///
/// Readers never wait. A change touches only the issuers of one authority, however many authorities there are.
#[derive(Debug)]
pub(crate) struct Issuers {
    known: KnownIssuers,
    undiscovered: Undiscovered,
    changeable: Changeable,
    any_tenant: AnyTenants,
    /// Issuers listed without an authority, by tenant id. They belong to the authorities of their tenant.
    unassigned: HashMap<TenantId, Vec<Arc<str>>, RandomState>,
    /// Issuers that the settings list as legacy, of any authority.
    legacy: HashSet<Box<str>, RandomState>,
    /// When these settings made them legacy.
    since: NumericDate,
    clock: Arc<dyn Clock>,
    register: Mutex<Register>,
    /// Held while found authorities are replaced.
    pub(super) taking: Mutex<()>,
}

type KnownIssuers = papaya::HashMap<Arc<str>, Arc<Issuer>, RandomState>;

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
            taking: Mutex::default(),
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
    ) -> HashMapRef<'_, Arc<str>, Arc<Issuer>, RandomState, impl papaya::Guard> {
        self.known.pin()
    }

    /// Whether an authority has this issuer now.
    pub(super) fn has(&self, issuer: &str, now: Duration) -> bool {
        let known = self.known();
        let known = known.get(issuer);
        known.is_some_and(|known| known.authorities().iter().any(|(_, until)| now < *until))
    }

    /// The authorities whose issuer is not known yet, but could be this one. Call this before [`known`](Self::known): an authority whose issuer becomes
    /// known appears there before it disappears here.
    pub(super) fn undiscovered(&self, issuer: &str) -> Vec<Arc<Authority>> {
        if self.undiscovered.is_empty() {
            return Vec::new();
        }
        self.undiscovered.candidates(issuer, self.is_listed(issuer))
    }

    /// The authorities of the tenant that this issuer names, if their metadata chooses the form of their issuer.
    pub(super) fn of_the_same_tenant(&self, issuer: &str) -> Option<Arc<[Arc<Authority>]>> {
        self.changeable.of_the_same_tenant(issuer)
    }

    /// The authorities that accept any tenant, if that includes the one with this issuer. Only for an issuer that is not [known](Self::known).
    ///
    /// Nothing if another authority has an issuer of that tenant, or may have it later because the operator has listed it.
    pub(super) fn of_any_tenant(&self, issuer: &str) -> Option<Arc<Issuer>> {
        // First: if another authority gets the issuer after the look-up below, this value is replaced.
        let all = self.any_tenant.all()?;
        let known = self.known();
        let is_taken = |issuer: &str| {
            known.contains_key(issuer) || self.legacy.contains(issuer) || self.is_listed(issuer)
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
    pub(crate) fn next_position(&self) -> u64 {
        let register = self.register();
        let last = register.by_position.keys().next_back();
        last.map_or(0, |last| last.saturating_add(1))
    }

    /// Adds an authority: its tokens are accepted from now on.
    pub(crate) fn add(&self, authority: Arc<Authority>) {
        let mut register = self.register();
        let entry = Entry {
            issuers: Vec::new(),
            is_undiscovered: false,
            changeable: None,
            authority,
        };
        let authority = &entry.authority;
        let position = authority.position;
        register.unknown_on_demand += usize::from(authority.is_unknown_on_demand);
        register.by_name.insert(authority.name.clone(), position);
        register.by_source.insert(authority.keys.id(), position);
        if authority.rules.accepted_tenants().is_some() {
            self.any_tenant.add(authority);
        }
        let entry = match register.by_position.entry(position) {
            std::collections::btree_map::Entry::Vacant(free) => free.insert(entry),
            std::collections::btree_map::Entry::Occupied(_) => return,
        };
        self.bring_up_to_date(entry);
    }

    /// Removes an authority: its tokens are refused from now on.
    pub(crate) fn remove(&self, name: &str) -> Option<Arc<Authority>> {
        let mut register = self.register();
        let position = register.by_name.remove(name)?;
        let entry = register.by_position.remove(&position)?;
        let authority = entry.authority;
        register.unknown_on_demand -= usize::from(authority.is_unknown_on_demand);
        register.by_source.remove(&authority.keys.id());
        if entry.is_undiscovered {
            self.undiscovered.remove(&authority);
        }
        self.changeable.set(&authority, entry.changeable, None);
        if authority.rules.accepted_tenants().is_some() {
            self.any_tenant.remove(&authority);
        }
        for (issuer, _) in &entry.issuers {
            self.change(issuer, &authority, None);
        }
        Some(authority)
    }

    /// The legacy issuers, sorted by name, each with the time when these settings made it legacy, and with the date until which its tokens could not be
    /// judged because an authority had no keys. For a legacy authority whose metadata has not been fetched yet, the issuer is empty.
    #[cfg(feature = "migration")]
    pub(super) fn legacy_issuers(&self, now: Duration) -> Vec<(LegacyIssuer, Option<NumericDate>)> {
        let known = self.known();
        let mut all = std::collections::BTreeMap::new();
        for (name, issuer) in &known {
            let Some(since) = issuer.legacy_since() else {
                continue;
            };
            let authorities = issuer.authorities();
            let first = authorities.iter().find(|(one, _)| one.legacy);
            let first = first.or(authorities.first());
            let owner = first.map_or("", |(authority, _)| &authority.name);
            all.insert(name.to_string(), LegacyIssuer::new(name, owner, since));
        }
        for name in &self.legacy {
            let of_nobody = || LegacyIssuer::new(name, "", self.since);
            all.entry(name.to_string()).or_insert_with(of_nobody);
        }
        let register = self.register();
        let untold = register.by_position.values();
        let untold = untold.filter(|entry| entry.is_undiscovered && entry.authority.legacy);
        let untold = untold.map(|entry| LegacyIssuer::new("", &entry.authority.name, self.since));
        let legacy: Vec<_> = untold.chain(all.into_values()).collect();
        // Who holds the lock of a source may wait for this one.
        drop(register);
        let with_date = |it: LegacyIssuer| {
            let until = self.unjudged_until(&it.issuer, now);
            (it, until)
        };
        legacy.into_iter().map(with_date).collect()
    }

    /// The date until which tokens of this issuer could not be judged for long, because an authority that has it, or may have it, had no keys.
    #[cfg(feature = "migration")]
    fn unjudged_until(&self, issuer: &str, now: Duration) -> Option<NumericDate> {
        let untold = self.undiscovered(issuer);
        let known = self.known();
        let known = known.get(issuer).into_iter();
        let known = known.flat_map(|issuer| issuer.authorities());
        let all = known.map(|(authority, _)| authority).chain(&untold);
        let until = all.filter_map(|authority| authority.keys.had_no_keys_until(now));
        let ago = now.saturating_sub(until.max()?);
        Some(self.clock.now().saturating_sub(ago))
    }

    /// Whether this could be the issuer of a legacy authority whose issuer is not known yet.
    #[cfg(feature = "migration")]
    pub(super) fn may_turn_legacy(&self, issuer: &str) -> bool {
        let untold = self.undiscovered(issuer);
        untold.iter().any(|authority| authority.legacy)
    }

    /// Updates the maps after the authority's metadata has named other issuers.
    fn bring_up_to_date(&self, entry: &mut Entry) {
        let authority = &entry.authority;
        let is_undiscovered = authority.keys.is_undiscovered() && !authority.knows_issuer();
        let was_undiscovered = std::mem::replace(&mut entry.is_undiscovered, is_undiscovered);
        if is_undiscovered && !was_undiscovered {
            self.undiscovered.add(authority);
        }
        let tenant = authority.changeable_tenant();
        let tenant_before = std::mem::replace(&mut entry.changeable, tenant);
        self.changeable.set(authority, tenant_before, tenant);
        let after = self.issuers_of(authority);
        let before = std::mem::replace(&mut entry.issuers, after);
        for (issuer, until) in &entry.issuers {
            let is_known = |known: &(Arc<str>, Duration)| known.0 == *issuer && known.1 == *until;
            if !before.iter().any(is_known) {
                self.change(issuer, authority, Some(*until));
            }
        }
        for (issuer, _) in &before {
            if !entry.issuers.iter().any(|(known, _)| known == issuer) {
                self.change(issuer, authority, None);
            }
        }
        // Last, because a reader that no longer finds it among the undiscovered must find it among the known.
        if was_undiscovered && !is_undiscovered {
            self.undiscovered.remove(authority);
        }
    }

    fn issuers_of(&self, authority: &Authority) -> Vec<(Arc<str>, Duration)> {
        if authority.rules.accepted_tenants().is_some() {
            // Its metadata names a template, which is no issuer.
            return Vec::new();
        }
        let assigned = authority.assigned_issuers.iter();
        let assigned = assigned.map(|issuer| (Arc::clone(issuer), Duration::MAX));
        let mut own: Vec<(Arc<str>, Duration)> = Vec::new();
        let told = authority.keys.issuers().into_iter();
        let told = told.filter(|_| !authority.is_found());
        for (issuer, until) in assigned.chain(told) {
            add(&mut own, issuer, until);
        }
        let mut listed = Vec::new();
        if authority.takes_unassigned_issuers && !self.unassigned.is_empty() {
            let tenants = own.iter().filter_map(|(own, _)| TenantId::of_issuer(own));
            let of_tenants = tenants.filter_map(|tenant| self.unassigned.get(&tenant));
            listed.extend(of_tenants.flatten().cloned());
        }
        let legacy = authority.legacy_issuers.iter();
        listed.extend(legacy.map(|issuer| issuer.as_str().into()));
        own.shrink_to_fit();
        for issuer in listed {
            add(&mut own, issuer, Duration::MAX);
        }
        for (_, until) in &mut own {
            *until = authority.until.min(*until);
        }
        own
    }

    /// Records that the authority has the issuer until this time, or no longer has it.
    fn change(&self, issuer: &Arc<str>, authority: &Arc<Authority>, until: Option<Duration>) {
        let known = self.known();
        let before = known.get(&**issuer);
        let authorities = before.map(|before| Authorities::from(before.authorities()));
        let mut authorities = authorities.unwrap_or_default();
        authorities.retain(|(known, _)| !Arc::ptr_eq(known, authority));
        if !authority.is_found() && until.is_some() {
            // An authority of the settings takes precedence over a found one.
            authorities.retain(|(known, _)| !known.is_found());
        }
        if let Some(until) = until {
            let at = authorities.partition_point(|(known, _)| known.position < authority.position);
            authorities.insert(at, (Arc::clone(authority), until));
        }
        let before = before.cloned();
        let is_new = before.is_none() && !authorities.is_empty();
        if authorities.is_empty() {
            known.remove(&**issuer);
        } else {
            authorities.shrink_to_fit();
            let is_listed = self.legacy.contains(&**issuer);
            let is_legacy = is_listed || authorities.iter().any(|(one, _)| one.legacy);
            let legacy_since = is_legacy.then(|| {
                let before = before.as_ref().and_then(|before| before.legacy_since());
                let listed = is_listed.then_some(self.since);
                listed.or(before).unwrap_or_else(|| self.clock.now())
            });
            let after = Issuer::new(authorities, legacy_since);
            known.insert(Arc::clone(issuer), Arc::new(after));
        }
        // Last, so that a token that must be judged again is judged by the new version.
        if let Some(before) = before {
            before.replace();
        }
        if is_new && self.any_tenant.cover(issuer) {
            self.any_tenant.judge_again();
        }
    }

    fn is_listed(&self, issuer: &str) -> bool {
        if self.unassigned.is_empty() {
            return false;
        }
        let tenant = TenantId::of_issuer(issuer);
        let listed = tenant.and_then(|tenant| self.unassigned.get(&tenant));
        listed.is_some_and(|listed| listed.iter().any(|listed| **listed == *issuer))
    }

    fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
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

impl IssuerListener for Issuers {
    fn issuers_changed(&self, source: u64) {
        let mut register = self.register();
        let Register {
            by_position,
            by_source,
            ..
        } = &mut *register;
        let position = by_source.get(&source);
        if let Some(entry) = position.and_then(|position| by_position.get_mut(position)) {
            self.bring_up_to_date(entry);
        }
    }
}

/// Adds an issuer, or extends its time if the new one is later.
fn add(issuers: &mut Vec<(Arc<str>, Duration)>, issuer: Arc<str>, until: Duration) {
    match issuers.iter_mut().find(|(known, _)| *known == issuer) {
        Some((_, known)) => *known = until.max(*known),
        None => issuers.push((issuer, until)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        http_url::HttpUrl,
        keys::{IssuerRule, KeySource, MetadataSource},
        test_tokens,
    };

    const SHARED: &str = "https://shared.example/";

    fn authority(number: u64, context: &Arc<KeyContext>) -> Arc<Authority> {
        let url = HttpUrl::parse(&format!("https://t{number}.example/m")).unwrap();
        let url = Arc::new(url);
        let issuers: Arc<[Arc<str>]> = [issuer(number).into(), SHARED.into()].into();
        let rule = Arc::new(IssuerRule::new(Arc::clone(&url), Arc::clone(&issuers)));
        let metadata = MetadataSource {
            url,
            keys_host: None,
            algorithms: Default::default(),
        };
        let metadata = Some((metadata, Arc::clone(&rule)));
        let keys = KeySource::new(Vec::new(), metadata, test_tokens::policy(), context, None);
        Arc::new(Authority {
            name: format!("t{number}").into(),
            position: number,
            keys,
            assigned_issuers: issuers,
            rule: Some(rule),
            ..test_tokens::authority(context)
        })
    }

    fn issuer(number: u64) -> String {
        format!("https://t{number}.example/")
    }

    fn known(issuers: &Issuers, issuer: &str) -> Option<Arc<Issuer>> {
        issuers.known().get(issuer).cloned()
    }

    fn names(issuer: &Issuer) -> Vec<&str> {
        let authorities = issuer.authorities().iter();
        authorities.map(|(authority, _)| &*authority.name).collect()
    }

    #[test]
    fn what_is_added_discovered_and_removed_replaces_its_own_issuers_and_no_other() {
        let context = test_tokens::context();
        let all = (1..=3).map(|number| authority(number, &context));
        let issuers = Issuers::new(all.collect(), &[], &[], &context);
        let (one, two) = (known(&issuers, &issuer(1)), known(&issuers, &issuer(2)));
        let (one, two) = (one.unwrap(), two.unwrap());
        let shared = known(&issuers, SHARED).unwrap();
        assert_eq!(names(&shared), ["t1", "t2", "t3"]);

        issuers.add(authority(4, &context));
        assert!(shared.is_replaced() && !one.is_replaced() && !two.is_replaced());
        assert_eq!(issuers.undiscovered("https://t1.example/other").len(), 1);

        let shared = known(&issuers, SHARED).unwrap();
        let first = issuers.by_name("t1").unwrap();
        first.keys.learn_issuer("https://t1.example/other");
        let learnt = known(&issuers, "https://t1.example/other").unwrap();
        assert_eq!(names(&learnt), ["t1"]);
        assert!(
            issuers
                .undiscovered("https://t1.example/another")
                .is_empty()
        );
        assert!(!shared.is_replaced() && !one.is_replaced() && !two.is_replaced());

        issuers.remove("t2").unwrap();
        assert!(two.is_replaced() && shared.is_replaced() && !one.is_replaced());
        assert!(known(&issuers, &issuer(2)).is_none());
        assert_eq!(names(&known(&issuers, SHARED).unwrap()), ["t1", "t3", "t4"]);
        issuers.remove("t1").unwrap();
        assert!(learnt.is_replaced() && known(&issuers, "https://t1.example/other").is_none());
    }
}
