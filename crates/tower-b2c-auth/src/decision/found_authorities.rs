//! Adds and removes the authorities that a source of tenants found.

use std::{sync::Arc, time::Duration};

use parking_lot::MutexGuard;

use super::issuers::Issuers;
use crate::authority::{Authority, Position};

impl Issuers {
    /// While the guard lives, no found authority is added, so that two authorities never get the same position.
    pub(crate) fn hold_off_found(&self) -> MutexGuard<'_, ()> {
        self.replacing_found.lock()
    }

    /// Replaces the found authorities of this issuer. Does nothing if an authority of the settings has the issuer, or if the current ones are already
    /// there. Nobody else may add any meanwhile.
    ///
    /// `make` gets the first free position.
    pub(super) fn replace_found<E>(
        &self,
        _held_off: &MutexGuard<'_, ()>,
        issuer: &str,
        until: Duration,
        make: impl FnOnce(Position) -> Result<Vec<Arc<Authority>>, E>,
    ) -> Result<(), E> {
        let is_done = |authority: &Authority| !authority.is_found() || authority.until == until;
        let known = self.known().get(issuer).cloned();
        let mut known = known.iter().flatten();
        if known.any(|issuer| is_done(&issuer.authority)) {
            return Ok(());
        }
        self.remove_found(issuer);
        for authority in make(self.next_position())? {
            self.add(authority);
        }
        Ok(())
    }

    /// Whether the authorities have been made from the answer about `issuer` that counts until `until`.
    pub(crate) fn has_found(&self, issuer: &str, until: Duration) -> bool {
        let known = self.known().get(issuer).cloned();
        let mut known = known.iter().flatten().map(|issuer| &issuer.authority);
        known.any(|authority| authority.is_found() && authority.until == until)
    }

    /// Removes the found authorities of this issuer.
    pub(super) fn remove_found(&self, issuer: &str) {
        let known = self.known().get(issuer).cloned();
        let known = known.iter().flatten().map(|issuer| &issuer.authority);
        for authority in known.filter(|authority| authority.is_found()) {
            self.remove(&authority.name);
        }
    }
}
