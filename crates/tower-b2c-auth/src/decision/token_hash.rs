//! Token ─▶ fingerprint, by which the cache finds a verified token.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand,
};
use b2c_verify::{Credentials, MAX_TOKEN_BYTES};

/// A keyed hash of whole tokens: GMAC (NIST SP 800-38D) under a random key and one fixed nonce, with the token as associated data.
///
/// Under a fixed nonce, tags must stay secret, and they do. It remains to show that two tokens do not share a tag:
///
/// 1. A tag is the GHASH of the token, masked with one constant block. So equal tags are a GHASH collision, and two different tokens of at most 1024 blocks
///    collide under at most 1025 of the 2^128 hash keys, the roots of one polynomial. (This treats AES as a random permutation.)
/// 2. Fingerprints never leave the process. An attacker learns only whether a token was found. Until the first false hit, every answer is the expected one
///    and reveals nothing about the key, so choosing tokens adaptively gains nothing.
/// 3. So the probability that one of an attacker's q tokens is taken for one of n cached tokens is at most q·n·1025/2^128. For 2^64 requests and 2^15
///    tokens, it is less than 2^-38.
///
/// SHA-256 would need no such argument, but it misses two goals: judging a token seen before would take 0.063 times as long as judging a new one (bound:
/// 0.05), and a refusal 0.105 times as long as a raw verification (bound: 0.10); see `docs/performance.md`.
pub(crate) struct TokenHash(LessSafeKey);

/// The tag of one token. It means nothing outside the process.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(u128);

impl TokenHash {
    /// Makes a hash with a new random key. `None` if the system has no random numbers.
    pub(crate) fn random() -> Option<Self> {
        let mut key = [0; KEY_BYTES];
        rand::fill(&mut key).ok()?;
        let key = UnboundKey::new(&AES_128_GCM, &key).ok()?;
        Some(Self(LessSafeKey::new(key)))
    }

    /// `None` if the text is too large to be a token.
    pub(crate) fn of(&self, token: Credentials<'_>) -> Option<Fingerprint> {
        if token.as_bytes().len() > MAX_TOKEN_BYTES {
            return None;
        }
        let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        let text = Aad::from(token.as_bytes());
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, text, &mut [])
            .ok()?;
        let tag = tag.as_ref().try_into().ok()?;
        Some(Fingerprint(u128::from_ne_bytes(tag)))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenHash").finish_non_exhaustive()
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(..)")
    }
}

const KEY_BYTES: usize = 16;

#[cfg(test)]
mod tests {

    use std::collections::HashSet;

    use super::*;

    fn fingerprint(hash: &TokenHash, token: &str) -> Fingerprint {
        hash.of(Credentials::from_bare(token.as_bytes()).unwrap())
            .unwrap()
    }

    #[test]
    fn a_token_that_differs_in_any_one_place_has_another_fingerprint() {
        let hash = TokenHash::random().unwrap();
        let token = "x".repeat(1100);
        let mut seen = HashSet::from([fingerprint(&hash, &token)]);
        for at in 0..token.len() {
            let mut other = token.clone();
            other.replace_range(at..=at, "y");
            assert!(seen.insert(fingerprint(&hash, &other)));
            assert!(seen.insert(fingerprint(&hash, &token[..at.max(1)])) || at == 1);
        }
        assert!(!seen.insert(fingerprint(&hash, &token)));
    }

    #[test]
    fn each_hash_has_its_own_key_and_shows_nothing_of_it() {
        let (one, other) = (TokenHash::random().unwrap(), TokenHash::random().unwrap());
        assert_ne!(fingerprint(&one, "a.b.c"), fingerprint(&other, "a.b.c"));
        assert_eq!(format!("{one:?}"), "TokenHash { .. }");
        assert_eq!(
            format!("{:?}", fingerprint(&one, "a.b.c")),
            "Fingerprint(..)"
        );
    }
}
