//! Tokens that were verified before, so that the signature need not be checked again.

use std::sync::Arc;

use b2c_verify::{Credentials, VerifiedClaims};
use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use crate::{
    keys::LiveKey,
    migration::Row,
    token_hash::{Fingerprint, TokenHash},
};

/// Verified tokens by the [fingerprint](TokenHash) of their whole text, bounded in bytes.
///
/// Only verified tokens enter. An entry ends with the token's `exp` and with the key that verified it: both are looked at on every hit, and
/// what has ended makes room when something else needs it. It belongs to one set of settings, so that a token is judged anew when they change.
#[derive(Debug)]
pub(crate) struct VerifiedTokens {
    seen: Option<(TokenHash, TokenCache)>,
}

type TokenCache = Cache<Fingerprint, Arc<VerifiedToken>, Weight>;

/// A token that was verified: its claims, and what need not be looked up again.
#[derive(Debug)]
pub(crate) struct VerifiedToken {
    pub(crate) claims: VerifiedClaims,
    /// What verified it.
    pub(crate) key: Arc<LiveKey>,
    /// Where its requests are counted.
    pub(crate) row: Arc<Row>,
    /// Whether its issuer is one that is to go.
    pub(crate) legacy: bool,
}

impl VerifiedTokens {
    /// At most `max_bytes` in all; zero switches the cache off.
    pub(crate) fn new(max_bytes: u64) -> Self {
        let hash = (max_bytes > 0).then(TokenHash::random).flatten();
        Self {
            seen: hash.and_then(|hash| Some((hash, cache(max_bytes)?))),
        }
    }

    /// What to look up and to insert with; none if the cache is off.
    pub(crate) fn fingerprint(&self, token: Credentials<'_>) -> Option<Fingerprint> {
        let (hash, _) = self.seen.as_ref()?;
        hash.of(token)
    }

    /// A token that was verified. Whether it and its key may still be used is for the caller to check.
    pub(crate) fn get(&self, fingerprint: &Fingerprint) -> Option<Arc<VerifiedToken>> {
        let (_, cache) = self.seen.as_ref()?;
        cache.get(fingerprint)
    }

    pub(crate) fn insert(&self, fingerprint: Fingerprint, token: Arc<VerifiedToken>) {
        if let Some((_, cache)) = &self.seen {
            cache.insert(fingerprint, token);
        }
    }
}

/// `None` if options are missing, and none is.
fn cache(max_bytes: u64) -> Option<TokenCache> {
    let options = OptionsBuilder::new()
        .weight_capacity(max_bytes)
        .estimated_items_capacity(usize::try_from(max_bytes / TYPICAL_WEIGHT).unwrap_or(usize::MAX))
        .shards(SHARDS)
        .hot_allocation(HOT_SHARE)
        .ghost_allocation(GHOST_SHARE)
        .build();
    Some(Cache::with_options(
        options.ok()?,
        Weight,
        DefaultHashBuilder::default(),
        DefaultLifecycle::default(),
    ))
}

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<Fingerprint, Arc<VerifiedToken>> for Weight {
    fn weight(&self, _: &Fingerprint, token: &Arc<VerifiedToken>) -> u64 {
        u64::try_from(token.claims.memory_size())
            .unwrap_or(u64::MAX)
            .saturating_add(BYTES_PER_ENTRY)
    }
}

/// Each has a lock, which a hit takes for reading and a first sight for writing. A small cache has fewer.
const SHARDS: usize = 16;

/// The share for tokens that were used more than once. A token is used for an hour and never again: with the usual 0.97, dead tokens would
/// stay, and new ones would go before their second use. With a half there are as few signature checks as with strict LRU; the figures are in
/// `docs/performance.md`.
const HOT_SHARE: f64 = 0.5;

/// For how many tokens that had to go it is remembered that they were there, as a share of those that stay. With none, tokens that come
/// around in turns never get past the dead ones.
const GHOST_SHARE: f64 = 0.5;

/// What B2C's tokens weigh; it only decides how much room the index has at first.
const TYPICAL_WEIGHT: u64 = 1200;

/// What an entry needs besides its claims: the cache's records, and what the allocator loses while entries come and go. Measured by
/// `benches/memory.rs`: with it, the process grows by about as much as the bound says.
const BYTES_PER_ENTRY: u64 = 300;
