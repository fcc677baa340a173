//! Caches verified tokens, so that their signature need not be checked again.
//!
//! 1. Only verified tokens enter. A refused token is judged anew each time it comes: remembering refusals would let anybody fill the cache.
//! 2. The key is a fingerprint of the whole token, signature included. A token with another signature is another entry.
//! 3. The limit is in bytes, of claims and bookkeeping. What is evicted is verified again when it comes back.
//! 4. A hit is a candidate, not a verdict; see [`cached_verdict`](super::cached_verdict).

use std::sync::Arc;

use b2c_verify::{Credentials, heap_size};
use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use super::token_hash::{Fingerprint, TokenHash};
use crate::claims::Verified;

/// Verified tokens by the [fingerprint](TokenHash) of their whole text, bounded in bytes.
///
/// [`cached_verdict`](super::cached_verdict) says when an entry is still valid. An invalid entry that is never looked up again stays until its space is
/// needed. The cache belongs to one set of settings, so a token is judged again when they change.
pub(crate) struct TokenCache {
    seen: Option<(TokenHash, Tokens)>,
}

type Tokens = Cache<Fingerprint, Arc<Verified>, Weight>;

impl TokenCache {
    /// A cache of at most `max_bytes`; zero switches it off.
    pub(crate) fn new(max_bytes: u64) -> Self {
        let hash = (max_bytes > 0).then(TokenHash::random).flatten();
        Self {
            seen: hash.and_then(|hash| Some((hash, cache(max_bytes)?))),
        }
    }

    /// The token's key in the cache. `None` if the cache is off.
    pub(crate) fn fingerprint(&self, token: Credentials<'_>) -> Option<Fingerprint> {
        let (hash, _) = self.seen.as_ref()?;
        hash.of(token)
    }

    /// The verified token, if it is cached. The caller must check whether it and its key may still be used.
    pub(crate) fn get(&self, fingerprint: &Fingerprint) -> Option<Arc<Verified>> {
        let (_, cache) = self.seen.as_ref()?;
        cache.get(fingerprint)
    }

    /// Removes a token whose entry is no longer valid.
    pub(crate) fn forget(&self, fingerprint: &Fingerprint) {
        if let Some((_, cache)) = &self.seen {
            cache.remove(fingerprint);
        }
    }

    pub(crate) fn insert(&self, fingerprint: Fingerprint, verified: Arc<Verified>) {
        if let Some((_, cache)) = &self.seen {
            cache.insert(fingerprint, verified);
        }
    }
}

/// `None` only if a required option is missing.
fn cache(max_bytes: u64) -> Option<Tokens> {
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

impl Weighter<Fingerprint, Arc<Verified>> for Weight {
    fn weight(&self, _: &Fingerprint, verified: &Arc<Verified>) -> u64 {
        u64::try_from(heap_size(&verified.token) + size_of::<Verified>())
            .unwrap_or(u64::MAX)
            .saturating_add(BYTES_PER_ENTRY)
    }
}

/// The shards. Each has a lock, which a hit takes for reading and a new token for writing. A small cache has fewer.
const SHARDS: usize = 16;

/// The share of the cache for tokens that were used more than once, or arrived while there was room. A token is used for an hour and never again. With the
/// usual 0.97, dead tokens would stay, and new ones would be evicted before their second use. With 0.5, there are as few signature checks as with strict
/// LRU (`benches/eviction.rs`).
const HOT_SHARE: f64 = 0.5;

/// How many evicted tokens the cache remembers, as a share of its capacity. Without that memory, tokens that arrive in rotation would never displace the
/// dead ones.
const GHOST_SHARE: f64 = 0.5;

/// The weight of a typical B2C token. It decides how many shards a small cache has, and how many evicted tokens are remembered.
const TYPICAL_WEIGHT: u64 = 1600;

/// The size of an entry besides its claims: the cache's bookkeeping and the allocator's fragmentation. With this value, the process grows by about as much
/// as the limit allows (`benches/memory.rs`).
const BYTES_PER_ENTRY: u64 = 170;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_tokens;

    /// A verified token and its fingerprint.
    fn verified(tokens: &TokenCache, serial: u32) -> (Option<Fingerprint>, Arc<Verified>) {
        let token = test_tokens::token(&format!(r#""sub":"{serial}""#));
        let credentials = Credentials::from_bare(token.as_bytes()).unwrap();
        let fingerprint = tokens.fingerprint(credentials);
        (fingerprint, test_tokens::kept(&token))
    }

    #[test]
    fn an_entry_is_found_until_it_is_forgotten() {
        let tokens = TokenCache::new(1 << 20);
        let (fingerprint, token) = verified(&tokens, 1);
        let fingerprint = fingerprint.unwrap();
        assert!(tokens.get(&fingerprint).is_none());
        tokens.insert(fingerprint, token);
        assert!(tokens.get(&fingerprint).is_some());
        tokens.forget(&fingerprint);
        assert!(tokens.get(&fingerprint).is_none());
    }

    #[test]
    fn the_cache_stays_within_its_bound_whatever_it_is() {
        for bound in [1, 1000, 3000, 64 << 10, 1 << 20] {
            let tokens = TokenCache::new(bound);
            for serial in 0..3000 {
                let (fingerprint, token) = verified(&tokens, serial);
                tokens.insert(fingerprint.unwrap(), token);
            }
            let (_, cache) = tokens.seen.as_ref().unwrap();
            // Each shard's share is rounded up.
            assert!(cache.weight() <= bound + SHARDS as u64, "{bound}");
            assert!(bound < 64 << 10 || cache.weight() > bound / 2, "{bound}");
        }
    }

    #[test]
    fn a_bound_of_zero_switches_the_cache_off_and_the_largest_takes_no_memory() {
        let off = TokenCache::new(0);
        let (fingerprint, _) = verified(&off, 1);
        assert!(fingerprint.is_none());
        let (fingerprint, _) = verified(&TokenCache::new(u64::MAX), 1);
        assert!(fingerprint.is_some());
    }
}
