//! Tokens that were verified before, so that the signature need not be checked again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use b2c_verify::{BearerToken, NumericDate, VerifiedClaims};
use moka::{Expiry, sync::Cache};

use crate::{keys::LiveKey, migration::Row};

/// Verified tokens by the SHA-256 of their whole text, bounded in bytes.
///
/// Only verified tokens enter. An entry ends with the token's `exp` and with the key that verified it; both are looked at on every hit.
/// It belongs to one set of settings, so that a token is judged anew when they change.
#[derive(Debug)]
pub(crate) struct VerifiedTokens {
    seen: Option<Cache<Digest, Seen>>,
}

/// The digest of a token. Cryptographic, so that nobody can make two tokens that share one.
pub(crate) type Digest = [u8; SHA256_OUTPUT_LEN];

/// A token that was verified: its claims, and what need not be looked up again.
#[derive(Debug, Clone)]
pub(crate) struct VerifiedToken {
    pub(crate) claims: VerifiedClaims,
    /// Where its requests are counted.
    pub(crate) row: Arc<Row>,
    /// Whether its issuer is one that is to go.
    pub(crate) legacy: bool,
}

#[derive(Debug, Clone)]
struct Seen {
    token: VerifiedToken,
    key: Arc<LiveKey>,
    time_to_live: Duration,
}

impl VerifiedTokens {
    /// At most `max_bytes` in all; zero switches the cache off.
    pub(crate) fn new(max_bytes: u64) -> Self {
        let seen = (max_bytes > 0).then(|| {
            Cache::builder()
                .max_capacity(max_bytes)
                .weigher(|_, seen: &Seen| weight(seen))
                .expire_after(TimeToLive)
                .build()
        });
        Self { seen }
    }

    /// The digest to look up and to insert with; none if the cache is off.
    pub(crate) fn digest(&self, token: BearerToken<'_>) -> Option<Digest> {
        self.seen.as_ref()?;
        digest(&SHA256, token.as_str().as_bytes())
            .as_ref()
            .try_into()
            .ok()
    }

    /// The claims of a token whose key may still be used. Its lifetime is for the caller to check.
    pub(crate) fn get(&self, digest: &Digest, key_time: Duration) -> Option<VerifiedToken> {
        let seen = self.seen.as_ref()?.get(digest)?;
        seen.key.is_usable(key_time).then_some(seen.token)
    }

    pub(crate) fn insert(
        &self,
        digest: Digest,
        token: VerifiedToken,
        key: Arc<LiveKey>,
        now: NumericDate,
    ) {
        let Some(cache) = &self.seen else { return };
        let expires_at = token.claims.expires_at();
        let end = expires_at.map_or(MAX_TIME_TO_LIVE, |exp| {
            exp.as_unix().saturating_sub(now.as_unix())
        });
        cache.insert(
            digest,
            Seen {
                token,
                key,
                time_to_live: end.min(MAX_TIME_TO_LIVE),
            },
        );
    }
}

struct TimeToLive;

impl Expiry<Digest, Seen> for TimeToLive {
    fn expire_after_create(&self, _: &Digest, seen: &Seen, _: Instant) -> Option<Duration> {
        Some(seen.time_to_live)
    }
}

fn weight(seen: &Seen) -> u32 {
    u32::try_from(seen.token.claims.memory_size())
        .unwrap_or(u32::MAX)
        .saturating_add(BYTES_PER_ENTRY)
}

/// B2C's longest lifetime of an access token; it bounds the stay of tokens that have no `exp`.
const MAX_TIME_TO_LIVE: Duration = Duration::from_secs(86_400);
/// What the cache itself needs for an entry, measured.
const BYTES_PER_ENTRY: u32 = 400;
