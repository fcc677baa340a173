//! Authorities that repeat another one.

use std::collections::HashMap;

use crate::settings::{AuthoritySettings, Hidden, Mistakes, Settings};

impl Settings {
    /// A repeated authority judges no token: the first one has judged it already.
    pub(super) fn warn_of_repeated_authorities(&self, warnings: &mut Mistakes) {
        // Compares only those that are alike, because there may be thousands.
        let mut alike = HashMap::<_, Vec<usize>>::with_capacity(self.authorities.len());
        for (at, authority) in self.authorities.iter().enumerate() {
            let others = alike.entry(key(authority)).or_default();
            let first = others
                .iter()
                .take(MAX_COMPARED)
                .find(|first| self.is_same(**first, authority));
            match first {
                Some(first) => warnings.add(
                    format!("authorities[{at}]"),
                    Hidden,
                    format!(
                        "repeats authorities[{first}], whose keys and rules are the same; remove one of the two, or correct the one that was meant for something else"
                    ),
                ),
                None => others.push(at),
            }
        }
    }

    fn is_same(&self, first: usize, authority: &AuthoritySettings) -> bool {
        self.authorities.get(first).is_some_and(|first| {
            let name = authority.name.clone();
            AuthoritySettings {
                name,
                ..first.clone()
            } == *authority
        })
    }
}

/// What differs in nearly all authorities that are not the same.
fn key(authority: &AuthoritySettings) -> impl Eq + std::hash::Hash {
    (
        authority.openid_config.as_deref(),
        authority.tenant.as_deref(),
        authority.tenant_id.as_deref(),
        authority.policy.as_deref(),
        authority.issuers.as_slice(),
    )
}

/// More authorities than differ only in their rules.
const MAX_COMPARED: usize = 16;
