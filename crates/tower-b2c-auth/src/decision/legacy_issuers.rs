//! Which issuers are legacy, and since when.
//!
//! An issuer is legacy if [`legacy_issuers`](crate::MigrationSettings::legacy_issuers) lists it, or if an authority with `legacy = true` has it. The second
//! kind may become known only with the authority's metadata. Until then, such an authority counts as a legacy issuer without a name, so that the report
//! cannot call an unknown issuer safe to remove.

use std::{collections::BTreeMap, time::Duration};

use b2c_verify::NumericDate;

use super::issuers::Issuers;
use crate::migration::LegacyIssuer;

impl Issuers {
    /// The legacy issuers, sorted by name, each with the time when these settings made it legacy, and with the date until which its tokens could not be
    /// judged because an authority had no keys. For a legacy authority whose metadata has not been fetched yet, the issuer is empty. `may_be_found`: whether a
    /// source of tenants is asked about issuers without an authority.
    pub(super) fn legacy_issuers(
        &self,
        now: Duration,
        may_be_found: bool,
    ) -> Vec<(LegacyIssuer, Option<NumericDate>)> {
        let known = self.known();
        let mut all = BTreeMap::new();
        for (name, shared) in &known {
            let of_legacy_authority = shared.iter().find(|it| it.authority.legacy);
            let issuer = of_legacy_authority.or(shared.first());
            if let Some((issuer, since)) = issuer.and_then(|it| Some((it, it.legacy_since()?))) {
                let owner = &issuer.authority.name;
                all.insert(name.to_string(), LegacyIssuer::new(name, owner, since));
            }
        }
        for name in &self.legacy {
            let is_looked_up = may_be_found && !self.any_tenant_covers(name);
            let owner = if is_looked_up {
                LegacyIssuer::TENANT_SOURCE
            } else {
                ""
            };
            let of_nobody = || LegacyIssuer::new(name, owner, self.since);
            all.entry(name.to_string()).or_insert_with(of_nobody);
        }
        let register = self.register();
        let undiscovered = register.by_position.values();
        let undiscovered =
            undiscovered.filter(|entry| entry.is_undiscovered && entry.authority.legacy);
        let undiscovered =
            undiscovered.map(|entry| LegacyIssuer::new("", &entry.authority.name, self.since));
        let legacy: Vec<_> = undiscovered.chain(all.into_values()).collect();
        // The steps below lock sources, and a thread that holds a source's lock may wait for the register's.
        drop(register);
        let with_date = |it: LegacyIssuer| {
            let until = self.unjudged_until(&it.issuer, now);
            (it, until)
        };
        legacy.into_iter().map(with_date).collect()
    }

    /// The end of the last long gap in which tokens of this issuer could not be judged, because an authority that has it, or may have it, had no keys.
    fn unjudged_until(&self, issuer: &str, now: Duration) -> Option<NumericDate> {
        let undiscovered = self.undiscovered(issuer);
        let known = self.known();
        let known = known.get(issuer).into_iter().flatten();
        let known = known.map(|issuer| &issuer.authority);
        let all = known.chain(&undiscovered);
        let until = all.filter_map(|authority| authority.keys.had_no_keys_until(now));
        let ago = now.saturating_sub(until.max()?);
        Some(self.clock.now().saturating_sub(ago))
    }

    /// Whether no issuer would remain if the listed legacy ones were removed, as far as the issuers are known. False if all authorities are legacy, which no
    /// operator writes by mistake. `may_be_found`: whether a source of tenants may find others.
    pub(super) fn are_all_legacy(&self, may_be_found: bool) -> bool {
        let known = self.known();
        let all = || known.values().flatten();
        let register = self.register();
        let mut undiscovered = register
            .by_position
            .values()
            .filter(|it| it.is_undiscovered);
        let may_be_another = may_be_found
            || self.any_tenant.all().is_some()
            || undiscovered.any(|it| !it.authority.legacy);
        let are_listed = all().any(|it| !it.authority.legacy);
        are_listed && all().all(|it| it.is_legacy()) && !may_be_another
    }

    pub(super) fn is_legacy(&self, issuer: &str) -> bool {
        let known = self.known();
        let mut known = known.get(issuer).into_iter().flatten();
        known.any(|issuer| issuer.is_legacy()) || self.legacy.contains(issuer)
    }

    /// Whether this is a listed legacy issuer that no authority has.
    pub(super) fn is_legacy_of_nobody(&self, issuer: &str) -> bool {
        self.legacy.contains(issuer) && !self.known().contains_key(issuer)
    }

    /// Whether this could be the issuer of a legacy authority whose issuer is not known yet.
    pub(super) fn may_turn_legacy(&self, issuer: &str) -> bool {
        let undiscovered = self.undiscovered(issuer);
        undiscovered.iter().any(|authority| authority.legacy)
    }
}
