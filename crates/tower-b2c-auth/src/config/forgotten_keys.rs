//! Checks `forgotten_keys`.

use std::collections::HashSet;

use super::AuthorityConfig;
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
            }
            if let Some(name) = &key.authority
                && !names.contains(&**name)
            {
                let known: Vec<_> = authorities.iter().map(|known| &known.name).collect();
                let known = known.into_iter().take(MAX_SHOWN).collect::<Vec<_>>();
                let remedy =
                    format!("is not the name of an authority; use one of {known:?}, or remove it");
                mistakes.add(format!("{field}.authority"), name, remedy);
            }
        }
    }
}

/// How many names a mistake lists. More would not help.
const MAX_SHOWN: usize = 10;
