//! The authorities that the operator removed while the source was being asked.
//!
//! The operator removes a tenant from the source's data first, and then its authorities from the layer. A call that began before may answer with the old
//! data, about any of the tenant's issuers.

use std::collections::VecDeque;

use crate::{config::is_numbered, settings::AuthoritySettings, single_flight::CallId};

/// The names of removed authorities, each with the latest call at that time.
#[derive(Debug, Default)]
pub(super) struct Removed(VecDeque<(Box<str>, CallId)>);

impl Removed {
    /// `latest`: the latest call. Without a running one, there is nothing to remember.
    pub(super) fn note(&mut self, name: &str, latest: Option<CallId>) {
        let Some(latest) = latest else {
            return self.0.clear();
        };
        if self.0.len() >= MAX_REMOVED {
            self.0.pop_front();
        }
        self.0.push_back((name.into(), latest));
    }

    /// Whether the answer of this call has an authority that was removed after the call had begun.
    pub(super) fn concern(&self, id: CallId, answer: &[AuthoritySettings]) -> bool {
        let mut later = self.0.iter().filter(|(_, latest)| id <= *latest);
        later.any(|(name, _)| answer.iter().any(|one| is_numbered(name, &one.base_name())))
    }
}

/// How many removals are remembered. Calls last for seconds.
const MAX_REMOVED: usize = 1_000;
