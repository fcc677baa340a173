//! Keys that are never used again.

use std::sync::{Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::settings::ForgottenKey;

/// The keys that were forgotten while the layer ran, those that a snapshot names, and those of the settings in force.
///
/// It is asked for every verdict: on a token that was cached, verified or waited for, also under settings that have been replaced since.
#[derive(Debug, Default)]
pub(crate) struct ForgottenKeys {
    keys: ArcSwap<Vec<ForgottenKey>>,
    of_settings: ArcSwap<Vec<ForgottenKey>>,
    /// Held while a key is added, so that none gets lost between two.
    adding: Mutex<()>,
}

impl ForgottenKeys {
    pub(crate) fn add(&self, key: ForgottenKey) {
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let mut keys = self.all();
        if !keys.contains(&key) {
            keys.push(key);
            self.keys.store(keys.into());
        }
    }

    /// Takes those of other settings, instead of those of the settings before.
    pub(crate) fn set_of_settings(&self, keys: Vec<ForgottenKey>) {
        self.of_settings.store(keys.into());
    }

    /// Those that outlive the settings.
    pub(crate) fn all(&self) -> Vec<ForgottenKey> {
        self.keys.load().to_vec()
    }

    pub(crate) fn contains(&self, authority: &str, kid: &str) -> bool {
        names(&self.keys.load(), authority, kid) || names(&self.of_settings.load(), authority, kid)
    }
}

/// Whether one of these is the key of this authority.
fn names(forgotten: &[ForgottenKey], authority: &str, kid: &str) -> bool {
    let is_it = |key: &ForgottenKey| {
        key.kid == kid
            && key
                .authority
                .as_deref()
                .is_none_or(|name| name == authority)
    };
    forgotten.iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_forgotten_everywhere_or_for_the_authority_that_is_named() {
        let forgotten = ForgottenKeys::default();
        let key = |kid: &str, authority: Option<&str>| ForgottenKey {
            kid: kid.to_owned(),
            authority: authority.map(str::to_owned),
        };
        forgotten.add(key("everywhere", None));
        forgotten.add(key("there", Some("a")));
        forgotten.add(key("there", Some("a")));
        assert!(forgotten.contains("a", "everywhere") && forgotten.contains("b", "everywhere"));
        assert!(forgotten.contains("a", "there") && !forgotten.contains("b", "there"));
        assert_eq!(forgotten.all().len(), 2);
    }
}
