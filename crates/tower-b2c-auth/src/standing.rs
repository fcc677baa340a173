//! What the tokens of one key, issuer, client application and audience have in common.

use std::{
    fmt,
    hash::BuildHasher as _,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{
    keys::LiveKey,
    migration::{Row, RowName},
};

/// What is looked at of a token on each request, besides its own claims. It is noted in the claims and shared, so that a hit has no count to
/// write but that of the claims.
#[derive(Debug)]
pub(crate) struct Standing {
    /// What verified the token.
    pub(crate) key: Arc<LiveKey>,
    /// Where its requests are counted.
    pub(crate) row: Arc<Row>,
    /// Whether its issuer is one that is to go.
    pub(crate) legacy: bool,
}

/// The standings in use. They belong to one set of settings.
#[derive(Default)]
pub(crate) struct Standings {
    hasher: DefaultHashBuilder,
    table: RwLock<HashTable<Arc<Standing>>>,
}

impl Standings {
    /// The standing of tokens that this key has verified and that are counted in this row, unless theirs is the overflow row.
    pub(crate) fn find(&self, key: &Arc<LiveKey>, name: RowName<'_>) -> Option<Arc<Standing>> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let known = table.find(self.hasher.hash_one(name), |standing| {
            Arc::ptr_eq(&standing.key, key) && standing.row.name() == name
        });
        known.cloned()
    }

    /// Adds a standing at the time `now` of the keys, unless it is there: another request may have added it, and many tokens share the ledger's
    /// overflow row.
    pub(crate) fn add(&self, new: Standing, now: Duration) -> Arc<Standing> {
        let hash = |standing: &Standing| self.hasher.hash_one(standing.row.name());
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let known = table.find(hash(&new), |standing| {
            Arc::ptr_eq(&standing.key, &new.key)
                && Arc::ptr_eq(&standing.row, &new.row)
                && standing.legacy == new.legacy
        });
        if let Some(standing) = known {
            return Arc::clone(standing);
        }
        // Tokens keep theirs, whatever is let go here.
        table.retain(|standing| standing.key.is_usable(now));
        if table.len() >= MAX_STANDINGS {
            table.clear();
        }
        let new = Arc::new(new);
        table.insert_unique(hash(&new), Arc::clone(&new), |standing| hash(standing));
        new
    }
}

impl fmt::Debug for Standings {
    /// Without the seed of the hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standings").finish_non_exhaustive()
    }
}

/// For all rows of a full ledger, with a few keys each.
const MAX_STANDINGS: usize = 4096;

#[cfg(test)]
mod tests {
    use b2c_verify::{NumericDate, VerifiedClaims};

    use super::*;
    use crate::{migration::Ledger, test_tokens};

    fn key() -> Arc<LiveKey> {
        Arc::new(LiveKey::unlimited(Arc::new(test_tokens::key())))
    }

    /// Claims of a token for this client application.
    fn verified(client_id: &str) -> VerifiedClaims {
        test_tokens::verified(&test_tokens::token(&format!(r#""azp":"{client_id}""#)))
    }

    /// The standing of a token for this client application.
    fn standing(
        standings: &Standings,
        ledger: &Ledger,
        client_id: &str,
        key: &Arc<LiveKey>,
    ) -> Arc<Standing> {
        let claims = verified(client_id);
        let name = RowName::of(&claims);
        standings.find(key, name).unwrap_or_else(|| {
            let new = Standing {
                key: Arc::clone(key),
                row: ledger.row(name),
                legacy: name.issuer == "a",
            };
            standings.add(new, NOW)
        })
    }

    #[test]
    fn tokens_share_a_standing_exactly_if_key_and_row_are_the_same() {
        let ledger = Ledger::new(NumericDate::from_secs(0));
        let standings = Standings::default();
        let of = |client_id, key| standing(&standings, &ledger, client_id, key);
        let (one, other) = (key(), key());
        let first = of("app", &one);
        assert!(first.legacy && Arc::ptr_eq(&first.key, &one));
        assert!(Arc::ptr_eq(&first, &of("app", &one)));
        let of_other_key = of("app", &other);
        assert!(!Arc::ptr_eq(&first, &of_other_key) && Arc::ptr_eq(&of_other_key.key, &other));
        assert!(Arc::ptr_eq(&first.row, &of_other_key.row));
        assert!(!Arc::ptr_eq(&first.row, &of("app2", &one).row));
    }

    #[test]
    fn there_are_never_more_standings_than_the_bound_says() {
        let ledger = Ledger::new(NumericDate::from_secs(0));
        let standings = Standings::default();
        let keys: Vec<_> = (0..MAX_STANDINGS + 10).map(|_| key()).collect();
        for key in &keys {
            standing(&standings, &ledger, "app", key);
        }
        assert_eq!(standings.table.read().unwrap().len(), 10);
    }

    #[test]
    fn tokens_beyond_the_ledgers_bound_share_one_standing() {
        let ledger = Ledger::new(NumericDate::from_secs(0));
        let standings = Standings::default();
        let key = key();
        let of = |client_id: u32| standing(&standings, &ledger, &client_id.to_string(), &key);
        let last = (0..1100).map(of).last().unwrap();
        assert!(Arc::ptr_eq(&last, &of(1099)) && Arc::ptr_eq(&last, &of(2000)));
        assert!(!Arc::ptr_eq(&last, &of(0)));
    }

    #[test]
    fn a_key_that_has_ended_is_let_go_when_the_next_one_comes() {
        let ledger = Ledger::new(NumericDate::from_secs(0));
        let standings = Standings::default();
        let (one, other) = (key(), key());
        standing(&standings, &ledger, "app", &one);
        one.end();
        standing(&standings, &ledger, "app", &other);
        assert_eq!(Arc::strong_count(&one), 1);
    }

    const NOW: Duration = Duration::from_secs(1);
}
