//! Checks authorities that are added while the layer runs.
//!
//! The same checks as for the settings, and the limits that depend on the authorities already there: unique names, the number of on-demand authorities
//! whose issuer only their metadata names, and no authority that would take a tenant from one that accepts any tenant. An addition that would change an
//! existing authority is a swap instead (`layer/change_authorities.rs`).

use b2c_verify::AnyTenant;

use super::{
    AuthorityConfig,
    any_tenant::NAME_THE_ISSUER,
    authority_names::{TakenName, authority_names},
    listed_issuers::ListedIssuers,
    unknown_issuers::{MAX_UNKNOWN_ON_DEMAND, SAY_THE_ISSUER},
};
use crate::settings::{AuthoritySettings, Mistakes, Settings, SettingsError};

/// The authorities of the settings in force.
pub(crate) trait Known {
    fn has_name(&self, name: &str) -> bool;
    /// How many on-demand authorities learn their issuer from the metadata.
    fn unknown_on_demand(&self) -> usize;
    /// The tenants of those that accept any.
    fn accepted_tenants(&self) -> Vec<AnyTenant>;
}

impl Settings {
    /// Whether these can be added without any effect on the existing authorities.
    pub(crate) fn can_add(&self, added: &[AuthoritySettings]) -> bool {
        // With a second authority, listed issuers no longer belong to the first one alone.
        let stays_listed = self.listed_issuers().next().is_none()
            || self.danger_pool_issuers
            || (self.has_several_owners() && self.are_listed_issuers_taken());
        let stays_alone = |one: &AuthoritySettings| !one.legacy && !one.danger_accept_any_tenant;
        stays_listed && added.iter().all(stays_alone)
    }

    /// Checks only these authorities. Each gets its final name.
    ///
    /// # Errors
    ///
    /// All the mistakes in them together.
    pub(crate) fn check_added(
        &self,
        added: &mut [AuthoritySettings],
        known: &impl Known,
    ) -> Result<Vec<AuthorityConfig>, SettingsError> {
        let is_taken = |name: &str| known.has_name(name);
        self.check_only(added, known, is_taken, TakenName::Refused)
    }

    /// Checks the authorities that a source of tenants found. Each gets its final name, which no other authority has. `is_taken` says whether a name belongs
    /// to a tenant that is remembered but not among the `known`.
    ///
    /// # Errors
    ///
    /// All the mistakes in them together.
    pub(crate) fn check_found(
        &self,
        found: &mut [AuthoritySettings],
        known: &impl Known,
        is_taken: impl Fn(&str) -> bool,
    ) -> Result<Vec<AuthorityConfig>, SettingsError> {
        let is_taken = |name: &str| known.has_name(name) || is_taken(name);
        self.check_only(found, known, is_taken, TakenName::Numbered)
    }

    fn check_only(
        &self,
        added: &mut [AuthoritySettings],
        known: &impl Known,
        is_taken: impl Fn(&str) -> bool,
        taken_name: TakenName,
    ) -> Result<Vec<AuthorityConfig>, SettingsError> {
        let mut mistakes = Mistakes::default();
        let common = self.check_common_rules(&mut mistakes);
        let listed = if self.danger_pool_issuers {
            ListedIssuers::Assigned
        } else {
            ListedIssuers::Unassigned(Vec::new())
        };
        let first = self.authorities.len();
        let names = authority_names(added, first, is_taken, taken_name, &mut mistakes);
        let mut unknown = known.unknown_on_demand();
        let any_tenant = known.accepted_tenants();
        let mut checked = Vec::with_capacity(added.len());
        for (at, (settings, name)) in (first..).zip(added.iter_mut().zip(names)) {
            let field = format!("authorities[{at}]");
            settings.name = Some(name.clone());
            if self.audiences.is_empty()
                && settings.audiences.is_empty()
                && !settings.danger_accept_any_audience
            {
                mistakes.add(
                    format!("{field}.audiences"),
                    settings.audiences.as_slice(),
                    "is empty, and there are no common audiences; set the application (client) id of this API",
                );
            }
            let authority =
                self.check_authority(settings, at, name, &common, &listed, &mut mistakes);
            if authority.is_unknown_on_demand() {
                unknown = unknown.saturating_add(1);
                if unknown > MAX_UNKNOWN_ON_DEMAND {
                    mistakes.add(field.clone(), &authority.name, SAY_THE_ISSUER);
                }
            }
            if authority.may_take_from(&any_tenant) {
                mistakes.add(field, &authority.name, NAME_THE_ISSUER);
            }
            checked.push(authority);
        }
        mistakes.finish(Some(checked))
    }
}
