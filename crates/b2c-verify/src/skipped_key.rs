use std::fmt;

/// An entry of a key set that is not used. The others are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Its place in the set, from 0.
    pub position: usize,
    /// Its key id, escaped and cut to 64 characters, fit for a log.
    pub kid: Option<Box<str>>,
    /// Why.
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

/// Why an entry of a key set is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SkipReason {
    /// Not an object, a member twice, nested too deeply, or a member of the wrong type.
    #[error("not a well-formed key")]
    Malformed,
    /// `kty` is neither `RSA` nor `EC` (RFC 7518 §6.1).
    #[error("a type of key that is not supported")]
    UnsupportedType,
    /// `kty` is `oct`: a secret that was published is none.
    #[error("a symmetric key")]
    Symmetric,
    /// It has a private member, like `d`: everybody can sign with it.
    #[error("a private key")]
    Private,
    /// `use` is there and is not `sig` (RFC 7517 §4.2).
    #[error("not for signatures")]
    NotForSignatures,
    /// `key_ops` is there and has no `verify` (RFC 7517 §4.3).
    #[error("not for verifying")]
    NotForVerifying,
    /// It has no `kid`, so no token can name it.
    #[error("no key id")]
    MissingKeyId,
    /// Its `kid` is longer than [`MAX_KID_BYTES`](crate::MAX_KID_BYTES).
    #[error("the key id is too long")]
    KeyIdTooLong,
    /// Its `alg` is not allowed, or not one for this type of key; or none that is allowed suits it.
    #[error("the algorithm is not allowed or does not suit the key")]
    Algorithm,
    /// `n` is missing, no base64url, even, or not 2048 to 8192 bits long.
    #[error("the modulus is missing or not an odd number of 2048 to 8192 bits")]
    Modulus,
    /// `e` is missing, no base64url, even, below 3, or above 32 bits.
    #[error("the exponent is missing or not an odd number from 3 to 2^32")]
    Exponent,
    /// `crv`, `x` and `y` are no point on P-256 or P-384.
    #[error("not a point on P-256 or P-384")]
    Point,
    /// Another entry has the same `kid` and is another key. Neither is used.
    #[error("the same key id as another key")]
    Ambiguous,
}

/// How much of a key id is shown.
pub(crate) const MAX_SHOWN_KID_CHARS: usize = 64;
