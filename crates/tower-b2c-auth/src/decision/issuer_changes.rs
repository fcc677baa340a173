//! Changes of which authority has which issuer.
//!
//! Writers are serialized by the lock on the register, and order their changes so that a reader never misses an authority:
//!
//! 1. A new issuer is added to the known ones before its authority leaves the undiscovered ones.
//! 2. A new version of an issuer is in the map before the old version is marked as replaced. A cached token of the old version is then judged again, by the
//!    new one.
//! 3. When the operator removes an authority, its key source is retired before the map changes, so that a request which has already found the authority is
//!    refused too.
//! 4. A new issuer is in the map before [`AnyTenants`](super::any_tenant::AnyTenants) is replaced, and readers load `AnyTenants` before they look into the
//!    map.

use std::{collections::btree_map, mem::replace, sync::Arc, time::Duration};

use b2c_verify::TenantId;

use super::{
    issuers::Issuers,
    register::{Entry, Register},
};
use crate::{
    authority::Authority,
    issuer::{Issuer, IssuerEntries},
    keys::{IssuerListener, SourceId},
};

impl Issuers {
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
            btree_map::Entry::Vacant(free) => free.insert(entry),
            btree_map::Entry::Occupied(_) => return,
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

    /// Updates the maps after the authority's metadata has named other issuers.
    fn bring_up_to_date(&self, entry: &mut Entry) {
        let authority = &entry.authority;
        let is_undiscovered = authority.keys.is_undiscovered() && !authority.knows_issuer();
        let was_undiscovered = replace(&mut entry.is_undiscovered, is_undiscovered);
        if is_undiscovered && !was_undiscovered {
            self.undiscovered.add(authority);
        }
        let tenant = authority.changeable_tenant();
        let tenant_before = replace(&mut entry.changeable, tenant);
        self.changeable.set(authority, tenant_before, tenant);
        let after = self.issuers_of(authority);
        let before = replace(&mut entry.issuers, after);
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
        let named = authority.keys.issuers().into_iter();
        let named = named.filter(|_| !authority.is_found());
        for (issuer, until) in assigned.chain(named) {
            add(&mut own, issuer, until);
        }
        let mut listed = Vec::new();
        if authority.takes_unassigned_issuers && !self.unassigned.is_empty() {
            let tenants = own.iter().filter_map(|(own, _)| TenantId::of_issuer(own));
            let of_tenants = tenants.filter_map(|tenant| self.unassigned.get(&tenant));
            let taken = |issuer: &&Arc<str>| authority.takes(self.list_of_listed(issuer));
            listed.extend(of_tenants.flatten().filter(taken).cloned());
        }
        let legacy = authority.legacy_issuers.iter();
        let legacy = legacy.filter(|issuer| authority.names_no_other_tenant(issuer));
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
        let before = known.get(&**issuer).cloned().unwrap_or_default();
        let authorities = before.iter();
        let authorities = authorities.map(|it| (Arc::clone(&it.authority), it.until));
        let mut authorities: Vec<_> = authorities.collect();
        authorities.retain(|(known, _)| !Arc::ptr_eq(known, authority));
        if !authority.is_found() && until.is_some() {
            // An authority of the settings takes precedence over a found one.
            authorities.retain(|(known, _)| !known.is_found());
        }
        if let Some(until) = until {
            let at = authorities.partition_point(|(known, _)| known.position < authority.position);
            authorities.insert(at, (Arc::clone(authority), until));
        }
        let is_new = before.is_empty() && !authorities.is_empty();
        if authorities.is_empty() {
            known.remove(&**issuer);
        } else {
            let is_listed = self.legacy.contains(&**issuer);
            let is_legacy = is_listed || authorities.iter().any(|(one, _)| one.legacy);
            let legacy_since = is_legacy.then(|| {
                let before = before.first().and_then(|before| before.legacy_since());
                let listed = is_listed.then_some(self.since);
                listed.or(before).unwrap_or_else(|| self.clock.now())
            });
            let after = authorities.into_iter();
            let after = after.map(|(one, until)| Arc::new(Issuer::new(one, until, legacy_since)));
            let mut after: IssuerEntries = after.collect();
            after.shrink_to_fit();
            known.insert(Arc::clone(issuer), after);
        }
        // Last, so that a token that must be judged again is judged by the new version.
        before.iter().for_each(|before| before.replace());
        if is_new && self.any_tenant.cover(issuer) {
            self.any_tenant.judge_again();
        }
    }
}

impl IssuerListener for Issuers {
    fn issuers_changed(&self, source: SourceId) {
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
        authority::Position,
        keys::{IssuerRule, KeyContext, KeySource, MetadataSource},
        test_tokens,
        urls::HttpUrl,
    };

    const SHARED: &str = "https://shared.example/";

    fn authority(number: usize, context: &Arc<KeyContext>) -> Arc<Authority> {
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
            position: Position::FIRST.onwards().nth(number).unwrap(),
            keys,
            assigned_issuers: issuers,
            rule: Some(rule),
            ..test_tokens::authority(context)
        })
    }

    fn issuer(number: usize) -> String {
        format!("https://t{number}.example/")
    }

    fn known(issuers: &Issuers, issuer: &str) -> IssuerEntries {
        issuers.known().get(issuer).cloned().unwrap_or_default()
    }

    fn names(shared: &IssuerEntries) -> Vec<&str> {
        shared.iter().map(|it| &*it.authority.name).collect()
    }

    fn are_replaced(shared: &IssuerEntries) -> bool {
        let replaced = shared.iter().filter(|it| it.is_replaced()).count();
        assert!(replaced == 0 || replaced == shared.len());
        replaced > 0
    }

    #[test]
    fn a_change_replaces_only_the_issuers_of_its_authority() {
        let context = test_tokens::context();
        let all = (1..=3).map(|number| authority(number, &context));
        let issuers = Issuers::new(all.collect(), &[], &[], &context);
        let (one, two) = (known(&issuers, &issuer(1)), known(&issuers, &issuer(2)));
        let shared = known(&issuers, SHARED);
        assert_eq!(names(&shared), ["t1", "t2", "t3"]);

        issuers.add(authority(4, &context));
        assert!(are_replaced(&shared) && !are_replaced(&one) && !are_replaced(&two));
        assert_eq!(issuers.undiscovered("https://t1.example/other").len(), 1);

        let shared = known(&issuers, SHARED);
        let first = issuers.by_name("t1").unwrap();
        first.keys.learn_issuer("https://t1.example/other");
        let learnt = known(&issuers, "https://t1.example/other");
        assert_eq!(names(&learnt), ["t1"]);
        assert!(
            issuers
                .undiscovered("https://t1.example/another")
                .is_empty()
        );
        assert!(!are_replaced(&shared) && !are_replaced(&one) && !are_replaced(&two));

        issuers.remove("t2").unwrap();
        assert!(are_replaced(&two) && are_replaced(&shared) && !are_replaced(&one));
        assert!(known(&issuers, &issuer(2)).is_empty());
        assert_eq!(names(&known(&issuers, SHARED)), ["t1", "t3", "t4"]);
        issuers.remove("t1").unwrap();
        assert!(are_replaced(&learnt));
        assert!(known(&issuers, "https://t1.example/other").is_empty());
    }
}
