//! The issuers that an authority's metadata has named.
//!
//! 1. The first metadata may name any issuer that the [`IssuerRule`](super::IssuerRule) allows.
//! 2. Later metadata may name another one only if the rule allows the change: the tenant stays the same, or the operator assigned the new issuer.
//! 3. The former issuer's tokens are accepted for `retired_key_grace`, as a vanished key's are, so that tokens issued just before a change are not refused.
//!
//! Only one former issuer is kept. Listeners learn of a change before the fetch counts as ended.

use std::{sync::Arc, time::Duration};

use super::{
    fetch::FetchError,
    source::{KeySource, State},
};

/// The issuers that the metadata has named. They change only while the source's state is locked, but are read without the lock.
#[derive(Debug, Clone, Default)]
pub(super) struct NamedIssuers {
    /// The issuer that was named last.
    pub(super) issuer: Option<Arc<str>>,
    /// The issuer before that one, and until when its tokens are accepted.
    pub(super) former: Option<(Arc<str>, Duration)>,
}

impl KeySource {
    /// The issuers that the metadata has named, each with the time until which it holds.
    pub(crate) fn issuers(&self) -> Vec<(Arc<str>, Duration)> {
        let named = NamedIssuers::clone(&self.named_issuers.load());
        let current = named.issuer.map(|issuer| (issuer, Duration::MAX));
        current.into_iter().chain(named.former).collect()
    }

    /// The issuer that the metadata named last.
    pub(crate) fn issuer(&self) -> Option<Arc<str>> {
        self.named_issuers.load().issuer.clone()
    }

    /// The issuer before that one, and until when its tokens are accepted.
    pub(super) fn former_issuer(&self) -> Option<(Arc<str>, Duration)> {
        self.named_issuers.load().former.clone()
    }

    /// Whether the issuer is still unknown, because no metadata has been fetched.
    pub(crate) fn is_undiscovered(&self) -> bool {
        self.metadata.is_some() && self.named_issuers.load().issuer.is_none()
    }

    pub(super) fn name_issuers(&self, named: NamedIssuers) {
        self.named_issuers.store(Arc::new(named));
        self.context.tell_issuers(self.id);
    }

    /// Behaves as if metadata had named this issuer.
    #[cfg(test)]
    pub(crate) fn learn_issuer(&self, issuer: &str) {
        let state = self.lock();
        self.accept_issuer(&state, issuer, self.context.now())
            .unwrap();
    }

    /// Makes this the authority's own issuer.
    ///
    /// # Errors
    ///
    /// If the rule does not allow it.
    pub(super) fn accept_issuer(
        &self,
        state: &State,
        issuer: &str,
        now: Duration,
    ) -> Result<(), FetchError> {
        let Some(rule) = &state.rule else {
            return Err(FetchError::ForeignIssuer);
        };
        let named = self.named_issuers.load_full();
        match &named.issuer {
            Some(before) if **before == *issuer => return Ok(()),
            Some(before) if !rule.allows_change(before, issuer) => {
                return Err(FetchError::IssuerChanged);
            }
            None if !rule.allows(issuer) => return Err(FetchError::ForeignIssuer),
            _ => {}
        }
        // Tokens from before the change get the same grace period as those of a vanished key.
        let grace = now.saturating_add(state.config.retired_key_grace);
        let before = named.issuer.clone().map(|before| (before, grace));
        self.name_issuers(NamedIssuers {
            issuer: Some(rule.shared(issuer)),
            former: before.or_else(|| named.former.clone()),
        });
        Ok(())
    }

    /// Restores the former issuer for the time `left` of its grace period, if the rule allows it.
    pub(super) fn restore_former_issuer(
        &self,
        state: &State,
        issuer: &str,
        left: Duration,
        now: Duration,
    ) {
        let is_allowed = state.rule.as_ref().is_some_and(|it| it.allows(issuer));
        // A clock that was ahead may have saved too late a time.
        let left = left.min(state.config.retired_key_grace);
        if is_allowed && !left.is_zero() {
            self.name_issuers(NamedIssuers {
                former: Some((issuer.into(), now.saturating_add(left))),
                ..NamedIssuers::clone(&self.named_issuers.load())
            });
        }
    }
}
