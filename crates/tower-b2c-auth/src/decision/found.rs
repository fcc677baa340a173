//! What a source of tenants has found, among the authorities.

use std::{
    sync::{Arc, MutexGuard, PoisonError},
    time::Duration,
};

use super::issuers::Issuers;
use crate::authority::Authority;

impl Issuers {
    /// Keeps out what a source of tenants finds for as long as the guard lives, so that two authorities never take the same position.
    pub(crate) fn hold_off_found(&self) -> MutexGuard<'_, ()> {
        self.taking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces what a source of tenants found before by what it has found now. An issuer that another authority has stays with that authority.
    ///
    /// `make` gets the first free position.
    pub(super) fn take_found<E>(
        &self,
        issuer: &str,
        until: Duration,
        make: impl FnOnce(u64) -> Result<Vec<Arc<Authority>>, E>,
    ) -> Result<(), E> {
        let _taking = self.hold_off_found();
        let is_done = |authority: &Authority| !authority.is_found() || authority.until == until;
        let known = self.known().get(issuer).cloned();
        let mut known = known.iter().flat_map(|known| known.authorities());
        if known.any(|(authority, _)| is_done(authority)) {
            return Ok(());
        }
        self.drop_found(issuer);
        for authority in make(self.next_position())? {
            self.add(authority);
        }
        Ok(())
    }

    /// Removes what a source of tenants has found for this issuer.
    pub(super) fn drop_found(&self, issuer: &str) {
        let known = self.known().get(issuer).cloned();
        let known = known.iter().flat_map(|known| known.authorities());
        for (authority, _) in known.filter(|(authority, _)| authority.is_found()) {
            self.remove(&authority.name);
        }
    }
}
