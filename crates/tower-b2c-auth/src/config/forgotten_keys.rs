//! Checks `forgotten_keys`.

use std::collections::HashSet;

use super::{AuthorityConfig, authority_names::no_such_authority};
use crate::settings::{Mistakes, Settings};

impl Settings {
    pub(super) fn check_forgotten_keys(
        &self,
        authorities: &[AuthorityConfig],
        mistakes: &mut Mistakes,
    ) {
        let names: HashSet<_> = authorities.iter().map(|known| &*known.name).collect();
        for (at, key) in self.forgotten_keys.iter().enumerate() {
            let field = format!("forgotten_keys[{at}]");
            if key.kid.is_empty() {
                let remedy = "is empty; write the key's id as it appears in the key set";
                mistakes.add(format!("{field}.kid"), &key.kid, remedy);
            } else if key.kid.trim() != key.kid {
                let remedy = "has white space at an end, which no key's id has; remove it, because ids are compared exactly";
                mistakes.add(format!("{field}.kid"), &key.kid, remedy);
            }
            if let Some(name) = &key.authority
                && !names.contains(&**name)
            {
                let field = format!("{field}.authority");
                mistakes.add(field, name, no_such_authority(authorities));
            }
        }
    }
}
