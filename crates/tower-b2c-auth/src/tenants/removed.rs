//! The authorities that the operator removed while the source was being asked.
//!
//! The operator removes a tenant from the source's data first, and then its authorities from the layer. A call that began before may answer with the old
//! data, about any of the tenant's issuers.

use std::collections::VecDeque;

use crate::{config::is_numbered, settings::AuthoritySettings, single_flight::CallId};

/// The names of removed authorities, and their issuers, each with the latest call at that time.
#[derive(Debug, Default)]
pub(super) struct Removed(VecDeque<(Box<str>, CallId)>);

impl Removed {
    /// `removed`: the authority's name, or an issuer whose answer was forgotten when the authority was removed. `latest`: the latest call. Without a running
    /// one, there is nothing to remember.
    pub(super) fn note(&mut self, removed: &str, latest: Option<CallId>) {
        let Some(latest) = latest else {
            return self.0.clear();
        };
        if self.0.len() >= MAX_REMOVED {
            self.0.pop_front();
        }
        self.0.push_back((removed.into(), latest));
    }

    /// Whether the answer of this call is about an issuer, or has an authority, that was removed after the call had begun.
    pub(super) fn concern(&self, id: CallId, issuer: &str, answer: &[AuthoritySettings]) -> bool {
        let is_it = |removed: &str| {
            let mut names = answer.iter().map(AuthoritySettings::base_name);
            removed == issuer || names.any(|name| is_numbered(removed, &name))
        };
        let mut later = self.0.iter().filter(|(_, latest)| id <= *latest);
        later.any(|(removed, _)| is_it(removed))
    }
}

/// How many are remembered. Calls last for seconds.
const MAX_REMOVED: usize = 10_000;
