//! Assigns the issuers that are listed without an authority.
//!
//! Such an issuer is accepted only with the keys of the authorities that it belongs to. If it were accepted with all keys, a tenant that controls its own
//! keys could sign for the issuer of another. It belongs to
//!
//! 1. the only authority, if there is just one;
//! 2. else the authorities with the same tenant id;
//! 3. else none. The settings are then refused if it has no tenant id or if no authority takes listed issuers, unless an authority lists it in its own
//!    `issuers`.

use std::collections::HashSet;

use b2c_verify::TenantId;

use crate::{
    settings::{AuthoritySettings, Mistakes, Settings, SettingsError},
    urls::issuer_url,
};

/// Where `issuers` and `migration.legacy_issuers` belong.
#[derive(Debug)]
pub(super) enum ListedIssuers {
    /// To every authority that [takes](AuthoritySettings::takes_listed_issuers) listed issuers: there is only one, or `danger_pool_issuers` is set.
    Assigned,
    /// There are several such authorities; or there are none, and the list is empty. An issuer belongs to those whose own issuers have the same tenant id,
    /// which is known once their metadata has been fetched.
    Unassigned(Vec<String>),
}

impl Settings {
    pub(super) fn check_listed_issuers(&self, mistakes: &mut Mistakes) -> ListedIssuers {
        for issuer in &self.issuers {
            mistakes.note("issuers", issuer, issuer_url(issuer));
        }
        let takers = self.takers_of_listed_issuers().count();
        if takers == 1 || self.danger_pool_issuers || self.authorities.is_empty() {
            return ListedIssuers::Assigned;
        }
        let assigned = self.authorities.iter().flat_map(|one| &one.issuers);
        let assigned: HashSet<_> = assigned.collect();
        let mut unassigned = Vec::new();
        for (field, issuer) in self.listed_issuers() {
            if takers > 0 && TenantId::of_issuer(issuer).is_some() {
                unassigned.push(issuer.clone());
            } else if !assigned.contains(issuer) && issuer_url(issuer).is_ok() {
                mistakes.add(field, issuer, remedy(takers));
            }
        }
        ListedIssuers::Unassigned(unassigned)
    }

    /// Checks that the last authority that would still take listed issuers already has all of them. `has` says whether it has an issuer.
    ///
    /// # Errors
    ///
    /// The issuers that it would get.
    pub(crate) fn check_listed_issuers_stay(
        &self,
        has: impl Fn(&str) -> bool,
    ) -> Result<(), SettingsError> {
        let mut mistakes = Mistakes::default();
        for (field, issuer) in self.listed_issuers().filter(|(_, issuer)| !has(issuer)) {
            mistakes.add(field, issuer, WOULD_GO_OVER);
        }
        mistakes.finish(Some(()))
    }

    /// The listed issuers, each with the name of the setting that lists it.
    pub(super) fn listed_issuers(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let issuers = self.issuers.iter().map(|issuer| ("issuers", issuer));
        let legacy = self.legacy_issuers().iter();
        issuers.chain(legacy.map(|issuer| ("migration.legacy_issuers", issuer)))
    }

    pub(super) fn takers_of_listed_issuers(&self) -> impl Iterator<Item = &AuthoritySettings> {
        let authorities = self.authorities.iter();
        authorities.filter(|authority| authority.takes_listed_issuers())
    }

    pub(super) fn legacy_issuers(&self) -> &[String] {
        match &self.migration {
            Some(migration) => &migration.legacy_issuers,
            None => &[],
        }
    }
}

impl AuthoritySettings {
    /// Whether issuers outside its own `issuers` may belong to this authority. An authority with secrets takes none: a secret signs only for the issuers
    /// configured with it. One that accepts any tenant takes none either: its keys sign for the issuers of those tenants.
    pub(super) fn takes_listed_issuers(&self) -> bool {
        !self.legacy
            && !self.danger_accept_any_tenant
            && self.keys.iter().all(|key| key.secret.is_none())
    }
}

fn remedy(takers: usize) -> &'static str {
    if takers == 0 {
        "belongs to no authority, because every authority is legacy, has secrets or accepts any tenant; write it into authorities[i].issuers"
    } else {
        "has no tenant id that would assign it to one of the authorities; write it into authorities[i].issuers"
    }
}

const WOULD_GO_OVER: &str = "would then belong to the only remaining authority, whose metadata does not name this issuer's tenant; remove the issuer and the authority to be removed in one change of the settings";
