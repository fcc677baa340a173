//! Key set document ─▶ `VerificationKey`s: RFC 7517 §5.

use super::{
    AlgorithmSet, KeyPool, SkipReason, SkippedKey, VerificationKey,
    jwk::{read_jwk, text},
};
use crate::json::{JsonObject, MAX_NESTING, split_array};

/// The usable keys of a JWK Set (RFC 7517 §5), and the entries that were skipped.
///
/// ```
/// use b2c_verify::{AlgorithmSet, JwkSet, JwkSetError, SkipReason};
/// # let n = format!("v{}", "w".repeat(341));
/// # let document = format!(r#"{{"keys":[{{"kid":"one","use":"sig","kty":"RSA","e":"AQAB","n":"{n}"}},{{"kid":"two","kty":"oct","k":"AA"}}]}}"#);
///
/// // `document` has two entries: `one`, an RSA key as B2C publishes it, and `two`, a symmetric key.
/// let set = JwkSet::parse(document.as_bytes(), AlgorithmSet::default())?;
/// assert_eq!(set.keys().len(), 1);
/// assert_eq!(set.keys()[0].kid(), Some("one"));
/// assert_eq!(set.skipped()[0].reason, SkipReason::Symmetric);
/// assert_eq!(set.skipped()[0].to_string(), "key 1 (\"two\"): a symmetric key");
///
/// assert_eq!(JwkSet::parse(br#"{"keys":[]}"#, AlgorithmSet::default()).unwrap_err(), JwkSetError::NoUsableKeys);
/// # Ok::<(), JwkSetError>(())
/// ```
#[derive(Debug)]
pub struct JwkSet {
    keys: Vec<VerificationKey>,
    skipped: Vec<SkippedKey>,
}

impl JwkSet {
    /// Parses a document as fetched. Unusable entries are skipped (RFC 7517 §5).
    ///
    /// 1. A key gets its own `alg`, if `algorithms` contains it. A key without `alg`, like B2C's, gets every allowed algorithm of its type.
    /// 2. Symmetric and private keys are skipped: anyone who reads the document could sign with them.
    /// 3. A key that is listed twice is used once. Different keys with the same `kid` are all skipped.
    ///
    /// # Errors
    ///
    /// [`JwkSetError`] if the document is not a key set, has more than [`MAX_KEYS`] entries, or has no usable key.
    pub fn parse(document: &[u8], algorithms: AlgorithmSet) -> Result<Self, JwkSetError> {
        Self::parse_in(&KeyPool::default(), document, algorithms)
    }

    /// Like [`parse`](Self::parse), but reuses keys of the pool that are still in use. [`KeyPool`] has an example.
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse).
    pub fn parse_in(
        pool: &KeyPool,
        document: &[u8],
        algorithms: AlgorithmSet,
    ) -> Result<Self, JwkSetError> {
        let mut set = JsonObject::default();
        set.read(document).map_err(|_| JwkSetError::Malformed)?;
        let entries = set
            .members()
            .get("keys")
            .ok_or(JwkSetError::Malformed)?
            .raw();
        let entries = split_array(entries, MAX_KEYS)
            .ok_or(JwkSetError::Malformed)?
            .map_err(|_| JwkSetError::TooManyKeys)?;

        let mut entry = JsonObject::default();
        let (mut keys, mut skipped) = (Vec::new(), Vec::new());
        for (position, json) in entries.into_iter().enumerate() {
            if entry.read(json.as_bytes()).is_err() {
                skipped.push(SkippedKey::new(position, None, SkipReason::Malformed));
                continue;
            }
            let jwk = entry.members();
            let key = if entry.nests_deeper_than(MAX_NESTING) {
                Err(SkipReason::Malformed)
            } else {
                read_jwk(pool, json, jwk, algorithms)
            };
            match key {
                Ok(key) => keys.push((position, key)),
                Err(reason) => skipped.push(SkippedKey::new(position, text(jwk, "kid"), reason)),
            }
        }
        let keys = without_ambiguous(keys, &mut skipped);
        if keys.is_empty() {
            return Err(JwkSetError::NoUsableKeys);
        }
        skipped.sort_by_key(|key| key.position);
        Ok(Self { keys, skipped })
    }

    /// The usable keys: at least one, with unique ids, in document order.
    #[must_use]
    pub fn keys(&self) -> &[VerificationKey] {
        &self.keys
    }

    /// The usable keys, by value.
    #[must_use]
    pub fn into_keys(self) -> Vec<VerificationKey> {
        self.keys
    }

    /// The skipped entries, in document order.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }
}

/// Why a key set document is unusable as a whole.
///
/// ```
/// use b2c_verify::{AlgorithmSet, JwkSet, JwkSetError};
/// # let n = format!("v{}", "w".repeat(341));
/// # let one_key = format!(r#"{{"keys":[{{"kid":"one","kty":"RSA","e":"AQAB","n":"{n}"}}]}}"#);
///
/// assert!(JwkSet::parse(one_key.as_bytes(), AlgorithmSet::RS256).is_ok());
///
/// let refused = JwkSet::parse(b"<html>", AlgorithmSet::RS256).unwrap_err();
/// assert_eq!(refused, JwkSetError::Malformed);
/// assert_eq!(refused.to_string(), "not a key set");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum JwkSetError {
    /// Not a JSON object with a `keys` array, or one with a duplicate member.
    #[error("not a key set")]
    Malformed,
    /// More than [`MAX_KEYS`] entries.
    #[error("more than {MAX_KEYS} keys")]
    TooManyKeys,
    /// No entry is usable, or there is no entry.
    #[error("no usable keys")]
    NoUsableKeys,
}

/// One key for each id. A key that is listed twice is used once. Different keys with the same id are all skipped: a token's `kid` could mean any of them.
fn without_ambiguous(
    keys: Vec<(usize, VerificationKey)>,
    skipped: &mut Vec<SkippedKey>,
) -> Vec<VerificationKey> {
    let is_ambiguous = |key: &VerificationKey| {
        let mut others = keys.iter().filter(|(_, other)| other.kid() == key.kid());
        others.any(|(_, other)| !other.same_material(key))
    };
    let ambiguous: Vec<_> = keys.iter().map(|(_, key)| is_ambiguous(key)).collect();
    let mut unique: Vec<VerificationKey> = Vec::new();
    for ((position, key), is_ambiguous) in keys.into_iter().zip(ambiguous) {
        if is_ambiguous {
            skipped.push(SkippedKey::new(position, key.kid(), SkipReason::Ambiguous));
        } else if !unique.iter().any(|known| known.kid() == key.kid()) {
            unique.push(key);
        }
    }
    unique
}

/// The most entries in a key set. B2C's sets have a few.
///
/// ```
/// use b2c_verify::{AlgorithmSet, JwkSet, JwkSetError, MAX_KEYS};
/// # let n = format!("v{}", "w".repeat(341));
/// # let key = format!(r#"{{"kid":"one","kty":"RSA","e":"AQAB","n":"{n}"}}"#);
///
/// // `key` is an RSA key as B2C publishes it.
/// let set = |entries| format!(r#"{{"keys":[{}]}}"#, vec![key.as_str(); entries].join(","));
/// assert!(JwkSet::parse(set(MAX_KEYS).as_bytes(), AlgorithmSet::RS256).is_ok());
///
/// let refused = JwkSet::parse(set(MAX_KEYS + 1).as_bytes(), AlgorithmSet::RS256);
/// assert_eq!(refused.unwrap_err(), JwkSetError::TooManyKeys);
/// ```
pub const MAX_KEYS: usize = 256;
