//! What the tokens of one key, issuer, client application and audience have in common.

use std::{
    fmt,
    hash::BuildHasher as _,
    sync::{Arc, PoisonError, RwLock},
};

use b2c_verify::VerifiedClaims;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{
    keys::LiveKey,
    migration::{Ledger, Row},
};

/// What is looked at of a token on each request, besides its own claims. Shared, and noted in the claims: so a hit touches no memory that another
/// thread writes to.
#[derive(Debug)]
pub(crate) struct Standing {
    /// What verified the token.
    pub(crate) key: Arc<LiveKey>,
    /// Where its requests are counted.
    pub(crate) row: Arc<Row>,
    /// Whether its issuer is one that is to go.
    pub(crate) legacy: bool,
}

/// The standings in use, so that each is made once. They belong to one set of settings.
#[derive(Default)]
pub(crate) struct Standings {
    hasher: DefaultHashBuilder,
    table: RwLock<HashTable<Arc<Standing>>>,
}

impl Standings {
    /// The standing of a token that this key has verified.
    pub(crate) fn of(
        &self,
        claims: &VerifiedClaims,
        key: &Arc<LiveKey>,
        ledger: &Ledger,
        is_legacy: impl FnOnce(&str) -> bool,
    ) -> Arc<Standing> {
        let (issuer, client_id) = (claims.issuer(), claims.client_id());
        let audience = claims.audiences().next().unwrap_or_default();
        let name = (issuer, client_id, audience);
        let hash = self.hasher.hash_one(name);
        let is_it = |standing: &Arc<Standing>| {
            Arc::ptr_eq(&standing.key, key) && standing.row.name() == name
        };
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(standing) = table.find(hash, is_it) {
            return Arc::clone(standing);
        }
        drop(table);
        let standing = Arc::new(Standing {
            key: Arc::clone(key),
            row: ledger.row(issuer, client_id, audience),
            legacy: is_legacy(issuer),
        });
        if standing.row.is_overflow() {
            return standing;
        }
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if table.len() >= MAX_STANDINGS {
            // Tokens keep theirs; those of keys that are gone are let go.
            table.clear();
        }
        let rehash = |standing: &Arc<Standing>| self.hasher.hash_one(standing.row.name());
        table.insert_unique(hash, Arc::clone(&standing), rehash);
        standing
    }
}

impl fmt::Debug for Standings {
    /// Without the seed of the hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standings").finish_non_exhaustive()
    }
}

/// More than any API has at a time.
const MAX_STANDINGS: usize = 4096;

#[cfg(test)]
mod tests {
    use b2c_verify::NumericDate;

    use super::*;
    use crate::test_tokens;

    fn key() -> Arc<LiveKey> {
        Arc::new(LiveKey::unlimited(Arc::new(test_tokens::key())))
    }

    /// Claims of a token for this client application.
    fn verified(client_id: &str) -> VerifiedClaims {
        test_tokens::verified(&test_tokens::token(&format!(r#""azp":"{client_id}""#)))
    }

    #[test]
    fn tokens_share_a_standing_exactly_if_key_and_row_are_the_same() {
        let ledger = Ledger::new(NumericDate::from_secs(0));
        let standings = Standings::default();
        let of = |client_id, key| {
            standings.of(&verified(client_id), key, &ledger, |issuer| issuer == "a")
        };
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
            standings.of(&verified("app"), key, &ledger, |_| false);
        }
        assert_eq!(standings.table.read().unwrap().len(), 10);
        // Rows that the ledger no longer tells apart are not kept here either.
        for client_id in 0..1100 {
            let claims = verified(&client_id.to_string());
            standings.of(&claims, &keys[0], &ledger, |_| false);
        }
        assert!(standings.table.read().unwrap().len() <= 1010);
    }
}
