//! Assigns the issuers that are listed without an authority.
//!
//! Such an issuer is accepted only with the keys of the authorities that it belongs to. If it were accepted with all keys, a tenant that controls its own
//! keys could sign for the issuer of another. It belongs to
//!
//! 1. the only authority, if there is just one besides those that have only secrets (unless it is a legacy issuer, and the authority's metadata names only
//!    another tenant);
//! 2. else the authorities with the same tenant id;
//! 3. else none. The settings are then refused if it has no tenant id or if no authority takes issuers of the list that it is in, unless an authority lists
//!    it in its own `issuers`.

use std::collections::HashSet;

use b2c_verify::TenantId;

use crate::{
    settings::{AuthoritySettings, Mistakes, Settings, SettingsError},
    urls::{issuer_url, microsofts_spelling},
};

/// Where `issuers` and `migration.legacy_issuers` belong.
#[derive(Debug)]
pub(super) enum ListedIssuers {
    /// To every authority that [takes](AuthoritySettings::takes) issuers of the list: there is only one authority, or `danger_pool_issuers` is set.
    Assigned,
    /// There are several authorities. An issuer belongs to those that take it and whose own issuers have the same tenant id, which is known once their
    /// metadata has been fetched.
    Unassigned(Vec<String>),
}

/// The list of an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IssuerList {
    /// [`Settings::issuers`].
    Issuers,
    /// [`MigrationSettings::legacy_issuers`](crate::MigrationSettings::legacy_issuers). An issuer that is in both lists is legacy.
    Legacy,
}

impl Settings {
    pub(super) fn check_listed_issuers(&self, mistakes: &mut Mistakes) -> ListedIssuers {
        for issuer in &self.issuers {
            mistakes.note("issuers", issuer, issuer_url(issuer));
        }
        if self.authorities.is_empty() {
            return ListedIssuers::Assigned;
        }
        let are_assigned = self.danger_pool_issuers || !self.has_several_owners();
        let assigned = self.authorities.iter().flat_map(|one| &one.issuers);
        let assigned: HashSet<_> = assigned.collect();
        let mut unassigned = Vec::new();
        for (list, issuer) in self.listed_issuers() {
            let is_taken = self.is_taken(list);
            if is_taken && are_assigned {
                continue;
            }
            if is_taken && TenantId::of_issuer(issuer).is_some() {
                unassigned.push(issuer.clone());
            } else if !assigned.contains(issuer) && issuer_url(issuer).is_ok() {
                // One with a wrong host has the tenant's id, but not where Microsoft writes it.
                let misspelt = microsofts_spelling(issuer).err().filter(|_| is_taken);
                mistakes.add(list.field(), issuer, misspelt.unwrap_or(remedy(is_taken)));
            }
        }
        if are_assigned {
            ListedIssuers::Assigned
        } else {
            ListedIssuers::Unassigned(unassigned)
        }
    }

    /// Checks the removal of an authority that leaves only one other, `only`, to which listed issuers can belong: that one must not get any that it did not
    /// have. `gets` says whether it would get an issuer of this list. The names are for the message.
    ///
    /// # Errors
    ///
    /// The issuers that it would get.
    pub(crate) fn check_listed_issuers_stay(
        &self,
        removed: &str,
        only: &str,
        gets: impl Fn(IssuerList, &str) -> bool,
    ) -> Result<(), SettingsError> {
        let mut mistakes = Mistakes::default();
        for (list, issuer) in self.listed_issuers() {
            if gets(list, issuer) {
                mistakes.add(
                    list.field(),
                    issuer,
                    format!("would go to the authority {only:?} if {removed:?} were removed, although the metadata of {only:?} has not named this issuer's tenant; remove the issuer and {removed:?} in one change of the settings"),
                );
            }
        }
        mistakes.finish(Some(()))
    }

    pub(super) fn listed_issuers(&self) -> impl Iterator<Item = (IssuerList, &String)> {
        let issuers = self.issuers.iter().map(|it| (IssuerList::Issuers, it));
        let legacy = self.legacy_issuers().iter();
        issuers.chain(legacy.map(|it| (IssuerList::Legacy, it)))
    }

    pub(super) fn are_listed_issuers_taken(&self) -> bool {
        self.listed_issuers().all(|(list, _)| self.is_taken(list))
    }

    fn is_taken(&self, list: IssuerList) -> bool {
        self.authorities.iter().any(|one| one.takes(list))
    }

    /// Whether a listed issuer could be that of several authorities, so that its tenant id has to decide.
    pub(super) fn has_several_owners(&self) -> bool {
        let authorities = self.authorities.iter();
        let mut owners = authorities.filter(|one| !one.has_only_secrets());
        owners.nth(1).is_some()
    }

    pub(super) fn legacy_issuers(&self) -> &[String] {
        match &self.migration {
            Some(migration) => &migration.legacy_issuers,
            None => &[],
        }
    }
}

impl AuthoritySettings {
    /// Whether issuers of this list may belong to this authority. A legacy authority takes only legacy issuers, because every issuer that it has is legacy.
    fn takes(&self, list: IssuerList) -> bool {
        self.takes_listed_issuers() && (!self.legacy || list == IssuerList::Legacy)
    }

    /// Whether issuers outside its own `issuers` may belong to this authority. An authority with secrets takes none: a secret signs only for the issuers
    /// configured with it. One that accepts any tenant takes none either: its keys sign for the issuers of those tenants.
    pub(super) fn takes_listed_issuers(&self) -> bool {
        !self.danger_accept_any_tenant && self.keys.iter().all(|key| key.secret.is_none())
    }

    fn has_only_secrets(&self) -> bool {
        !self.keys.is_empty() && self.keys.iter().all(|key| key.secret.is_some())
    }
}

impl IssuerList {
    /// The setting with this list.
    fn field(self) -> &'static str {
        match self {
            Self::Issuers => "issuers",
            Self::Legacy => "migration.legacy_issuers",
        }
    }
}

fn remedy(is_taken: bool) -> &'static str {
    if is_taken {
        "has no tenant id that would assign it to one of the authorities; write it into authorities[i].issuers"
    } else {
        "belongs to no authority, because every authority is legacy, has secrets or accepts any tenant; write it into authorities[i].issuers"
    }
}
