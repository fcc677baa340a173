//! Tokens that were verified before, so that the signature need not be checked again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use b2c_verify::{BearerToken, NumericDate, VerifiedClaims};
use moka::{Expiry, policy::EvictionPolicy, sync::SegmentedCache};

use crate::{
    keys::LiveKey,
    migration::Row,
    token_hash::{Fingerprint, TokenHash},
};

/// Verified tokens by the [fingerprint](TokenHash) of their whole text, bounded in bytes.
///
/// Only verified tokens enter. An entry ends with the token's `exp` and with the key that verified it; both are looked at on every hit.
/// It belongs to one set of settings, so that a token is judged anew when they change.
#[derive(Debug)]
pub(crate) struct VerifiedTokens {
    seen: Option<(TokenHash, SegmentedCache<Fingerprint, Arc<VerifiedToken>>)>,
}

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
    /// How long it may stay.
    pub(crate) time_to_live: Duration,
}

impl VerifiedToken {
    pub(crate) fn new(
        claims: VerifiedClaims,
        key: Arc<LiveKey>,
        row: Arc<Row>,
        legacy: bool,
        now: NumericDate,
    ) -> Self {
        let end = claims.expires_at().map_or(MAX_TIME_TO_LIVE, |exp| {
            exp.as_unix().saturating_sub(now.as_unix())
        });
        Self {
            claims,
            key,
            row,
            legacy,
            time_to_live: end.min(MAX_TIME_TO_LIVE),
        }
    }
}

impl VerifiedTokens {
    /// At most `max_bytes` in all; zero switches the cache off.
    pub(crate) fn new(max_bytes: u64) -> Self {
        let hash = (max_bytes > 0).then(TokenHash::random).flatten();
        let seen = hash.map(|hash| {
            let cache = SegmentedCache::builder(SEGMENTS)
                .max_capacity(max_bytes)
                .weigher(|_, token: &Arc<VerifiedToken>| weight(token))
                // A token is used for an hour and never again. To go by how often it was used, as moka does unless told otherwise, keeps the
                // dead ones and sends new ones to the signature check several times before it lets them in.
                .eviction_policy(EvictionPolicy::lru())
                .expire_after(TimeToLive)
                .build();
            (hash, cache)
        });
        Self { seen }
    }

    /// What to look up and to insert with; none if the cache is off.
    pub(crate) fn fingerprint(&self, token: BearerToken<'_>) -> Option<Fingerprint> {
        let (hash, _) = self.seen.as_ref()?;
        hash.of(token)
    }

    /// A token whose key may still be used. Its lifetime is for the caller to check.
    pub(crate) fn get(
        &self,
        fingerprint: &Fingerprint,
        key_time: Duration,
    ) -> Option<Arc<VerifiedToken>> {
        let (_, cache) = self.seen.as_ref()?;
        let token = cache.get(fingerprint)?;
        token.key.is_usable(key_time).then_some(token)
    }

    pub(crate) fn insert(&self, fingerprint: Fingerprint, token: Arc<VerifiedToken>) {
        if let Some((_, cache)) = &self.seen {
            cache.insert(fingerprint, token);
        }
    }
}

struct TimeToLive;

impl Expiry<Fingerprint, Arc<VerifiedToken>> for TimeToLive {
    fn expire_after_create(
        &self,
        _: &Fingerprint,
        token: &Arc<VerifiedToken>,
        _: Instant,
    ) -> Option<Duration> {
        Some(token.time_to_live)
    }
}

fn weight(token: &VerifiedToken) -> u32 {
    u32::try_from(token.claims.memory_size())
        .unwrap_or(u32::MAX)
        .saturating_add(BYTES_PER_ENTRY)
}

/// moka notes every hit in a log that threads contend for; with one log, two threads do 1.5 times what one does. More segments make smaller
/// ones, which fill less evenly.
const SEGMENTS: usize = 4;
/// B2C's longest lifetime of an access token; it bounds the stay of tokens that have no `exp`.
const MAX_TIME_TO_LIVE: Duration = Duration::from_secs(86_400);
/// What an entry needs besides its claims: the cache's records, and what the allocator loses while entries come and go. Measured by
/// `benches/memory.rs`: with it, the process grows by about as much as the bound says.
const BYTES_PER_ENTRY: u32 = 600;
