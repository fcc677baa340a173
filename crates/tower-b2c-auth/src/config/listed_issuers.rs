//! Which authorities the issuers belong to that are listed without one.

use std::collections::HashSet;

use b2c_verify::TenantId;

use crate::{
    settings::{AuthoritySettings, Mistakes, Settings},
    urls::issuer_url,
};

/// What happens to `issuers` and `migration.legacy_issuers`.
#[derive(Debug)]
pub(super) enum ListedIssuers {
    /// They belong to every authority that [takes](AuthoritySettings::takes_listed_issuers) listed issuers: it is the only one, or the operator wants a pool.
    Assigned,
    /// There are several such authorities. An issuer belongs to those whose own issuers carry the same tenant id, which is known once their metadata
    /// has been fetched.
    Unassigned(Vec<String>),
}

impl Settings {
    pub(super) fn check_listed_issuers(&self, mistakes: &mut Mistakes) -> ListedIssuers {
        for issuer in &self.issuers {
            mistakes.note("issuers", issuer, issuer_url(issuer));
        }
        let takers = self.authorities.iter();
        let takers = takers.filter(|authority| authority.takes_listed_issuers());
        let takers = takers.count();
        if takers == 1 || self.danger_pool_issuers || self.authorities.is_empty() {
            return ListedIssuers::Assigned;
        }
        let issuers = self.issuers.iter().map(|issuer| ("issuers", issuer));
        let legacy = self.legacy_issuers().iter();
        let legacy = legacy.map(|issuer| ("migration.legacy_issuers", issuer));
        let assigned = self.authorities.iter().flat_map(|one| &one.issuers);
        let assigned: HashSet<_> = assigned.collect();
        let mut unassigned = Vec::new();
        for (field, issuer) in issuers.chain(legacy) {
            if takers > 0 && TenantId::of_issuer(issuer).is_some() {
                unassigned.push(issuer.clone());
            } else if !assigned.contains(issuer) && issuer_url(issuer).is_ok() {
                mistakes.add(field, issuer, remedy(takers));
            }
        }
        ListedIssuers::Unassigned(unassigned)
    }

    pub(super) fn legacy_issuers(&self) -> &[String] {
        match &self.migration {
            Some(migration) => &migration.legacy_issuers,
            None => &[],
        }
    }
}

impl AuthoritySettings {
    /// Whether this authority may be given an issuer that the operator did not write into its own `issuers`. What is signed with a secret is accepted only
    /// for the issuers that were configured with it, and what any tenant may sign only for that tenant's.
    pub(super) fn takes_listed_issuers(&self) -> bool {
        !self.legacy
            && !self.danger_accept_any_tenant
            && self.keys.iter().all(|key| key.secret.is_none())
    }
}

fn remedy(takers: usize) -> &'static str {
    if takers == 0 {
        "belongs to no authority, because each is legacy, has secrets or accepts any tenant; write it into authorities[i].issuers"
    } else {
        "carries no tenant id that says which of the authorities it belongs to; write it into authorities[i].issuers"
    }
}
