use std::fmt;

/// An entry of a key set that was skipped (RFC 7517 §5). The other entries are used.
///
/// ```
/// use b2c_verify::{AlgorithmSet, JwkSet, JwkSetError, SkipReason};
/// # let n = format!("v{}", "w".repeat(341));
/// # let document = format!(r#"{{"keys":[{{"kid":"one","kty":"RSA","e":"AQAB","n":"{n}"}},{{"kty":"RSA","e":"AQAB","n":"{n}"}}]}}"#);
///
/// // `document` has two entries: `one`, and one without a key id.
/// let set = JwkSet::parse(document.as_bytes(), AlgorithmSet::RS256)?;
/// assert_eq!(set.keys()[0].kid(), Some("one"));
///
/// let skipped = &set.skipped()[0];
/// assert_eq!((skipped.position, &skipped.kid, skipped.reason), (1, &None, SkipReason::MissingKeyId));
/// # Ok::<(), JwkSetError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Its index in the set, from 0.
    pub position: usize,
    /// Its key id, escaped and truncated to 64 characters for logs.
    pub kid: Option<Box<str>>,
    /// Why it was skipped.
    pub reason: SkipReason,
}

impl SkippedKey {
    pub(crate) fn new(position: usize, kid: Option<&str>, reason: SkipReason) -> Self {
        let shown = |kid: &str| {
            kid.chars()
                .flat_map(char::escape_default)
                .take(MAX_SHOWN_KID_CHARS)
                .collect()
        };
        Self {
            position,
            kid: kid.map(shown),
            reason,
        }
    }
}

impl fmt::Display for SkippedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {}", self.position)?;
        if let Some(kid) = &self.kid {
            write!(f, " (\"{kid}\")")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Why an entry of a key set was skipped.
///
/// ```
/// use b2c_verify::{AlgorithmSet, JwkSet, JwkSetError, SkipReason};
/// # let n = format!("v{}", "w".repeat(341));
/// # let document = format!(r#"{{"keys":[{{"kid":"one","kty":"RSA","e":"AQAB","n":"{n}"}},{{"kid":"two","use":"enc","kty":"RSA","e":"AQAB","n":"{n}"}}]}}"#);
///
/// // In `document`, `one` may be used for anything, and `two` is for encryption.
/// let set = JwkSet::parse(document.as_bytes(), AlgorithmSet::RS256)?;
/// assert_eq!(set.keys()[0].kid(), Some("one"));
/// assert_eq!(set.skipped()[0].reason, SkipReason::NotForSignatures);
/// # Ok::<(), JwkSetError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SkipReason {
    /// Not an object, without `kty`, nested too deeply, or with a duplicate member, a `null`, or a member such as `kid` or `alg` of the wrong type.
    #[error("not a well-formed key")]
    Malformed,
    /// `kty` is neither `RSA` nor `EC` (RFC 7518 §6.1).
    #[error("an unsupported key type")]
    UnsupportedType,
    /// `kty` is `oct`: a published secret is no longer secret.
    #[error("a symmetric key")]
    Symmetric,
    /// It has a private member, such as `d`: anyone can sign with it.
    #[error("a private key")]
    Private,
    /// `use` is present and not `sig` (RFC 7517 §4.2).
    #[error("not for signatures")]
    NotForSignatures,
    /// `key_ops` is present and lacks `verify` (RFC 7517 §4.3).
    #[error("not for verifying")]
    NotForVerifying,
    /// It has no `kid`, or an empty one, so no token can name it.
    #[error("no key id")]
    MissingKeyId,
    /// Its `kid` is longer than [`MAX_KID_BYTES`](crate::MAX_KID_BYTES).
    #[error("the key id is too long")]
    KeyIdTooLong,
    /// Its `alg` is not allowed or does not suit the key's type. Or it has no `alg`, and no allowed algorithm suits its type.
    #[error("the algorithm is not allowed or does not suit the key")]
    Algorithm,
    /// `n` is missing, not base64url, even, or not 2048 to 8192 bits long.
    #[error("the modulus is missing or not an odd number of 2048 to 8192 bits")]
    Modulus,
    /// `e` is missing, not base64url, even, below 3, or longer than 32 bits.
    #[error("the exponent is missing or not an odd number from 3 to 2^32")]
    Exponent,
    /// `crv`, `x` and `y` are not a point on P-256 or P-384.
    #[error("not a point on P-256 or P-384")]
    Point,
    /// Another entry has the same `kid` and different key material. Neither is used.
    #[error("the same key id as another key")]
    Ambiguous,
}

/// The maximum number of characters of a key id that are shown.
pub(crate) const MAX_SHOWN_KID_CHARS: usize = 64;
