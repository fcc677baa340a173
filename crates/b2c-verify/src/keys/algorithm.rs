//! `alg` ─▶ `Algorithm`: RFC 7518 §3.1.

use std::{fmt, str::FromStr};

/// A signature algorithm, by its name in RFC 7518 §3.1. There is no `none`.
///
/// ```
/// use b2c_verify::{Algorithm, UnknownAlgorithm};
///
/// assert_eq!("RS256".parse(), Ok(Algorithm::RS256));
///
/// assert_eq!("none".parse::<Algorithm>(), Err(UnknownAlgorithm));
/// assert_eq!("rs256".parse::<Algorithm>(), Err(UnknownAlgorithm));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: what B2C signs with.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-384.
    PS384,
    /// RSASSA-PSS with SHA-512.
    PS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// HMAC with SHA-256. Only for configured secrets, never for fetched keys.
    HS256,
    /// HMAC with SHA-384. Only for configured secrets.
    HS384,
    /// HMAC with SHA-512. Only for configured secrets.
    HS512,
}

impl Algorithm {
    /// The name in RFC 7518.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
        }
    }

    /// Whether the verification key can also sign (HS256, HS384, HS512).
    #[must_use]
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::HS256 | Self::HS384 | Self::HS512)
    }

    #[expect(clippy::as_conversions, reason = "the position of a variant")]
    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Case-sensitive: `rs256` is not an algorithm (RFC 7515 §4.1.1), and neither is `none`.
    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        let mut all = ALL.into_iter();
        all.find(|algorithm| algorithm.as_str() == name)
            .ok_or(UnknownAlgorithm)
    }
}

/// The name is not that of an [`Algorithm`] (RFC 7518 §3.1).
///
/// ```
/// use b2c_verify::{Algorithm, UnknownAlgorithm};
///
/// assert_eq!("PS256".parse(), Ok(Algorithm::PS256));
///
/// // Registered by RFC 8037, but not supported.
/// assert_eq!("EdDSA".parse::<Algorithm>(), Err(UnknownAlgorithm));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a supported signature algorithm")]
pub struct UnknownAlgorithm;

/// The allowed algorithms (RFC 8725 §3.1). The default is RS256 alone.
///
/// ```
/// use b2c_verify::{Algorithm, AlgorithmSet};
///
/// assert!(AlgorithmSet::default().contains(Algorithm::RS256));
/// assert!(!AlgorithmSet::default().contains(Algorithm::HS256));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AlgorithmSet(u16);

impl AlgorithmSet {
    /// RS256 alone.
    pub const RS256: Self = Self(Algorithm::RS256.bit());

    /// The set of these algorithms.
    #[must_use]
    pub fn new(algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let bits = algorithms.into_iter().map(Algorithm::bit);
        Self(bits.fold(0, |all, bit| all | bit))
    }

    /// Whether `algorithm` is allowed.
    #[must_use]
    pub const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & algorithm.bit() != 0
    }

    /// Whether no algorithm is allowed.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The algorithms in it, in the order of [`Algorithm`].
    pub fn iter(self) -> impl Iterator<Item = Algorithm> {
        ALL.into_iter()
            .filter(move |&algorithm| self.contains(algorithm))
    }
}

impl Default for AlgorithmSet {
    fn default() -> Self {
        Self::RS256
    }
}

impl fmt::Debug for AlgorithmSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

const ALL: [Algorithm; 11] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::HS256,
    Algorithm::HS384,
    Algorithm::HS512,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_match_jsonwebtoken() {
        for algorithm in ALL {
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
            assert!(
                algorithm
                    .as_str()
                    .parse::<jsonwebtoken::Algorithm>()
                    .is_ok()
            );
            assert_eq!(
                algorithm.as_str().to_lowercase().parse::<Algorithm>(),
                Err(UnknownAlgorithm)
            );
        }
        for name in ["none", "None", "NONE", "", "RS256 ", "RS1", "EdDSA"] {
            assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name}");
        }
    }

    #[test]
    fn a_set_holds_what_was_put_in_and_the_default_is_rs256_alone() {
        for algorithm in ALL {
            let set = AlgorithmSet::new([algorithm]);
            assert_eq!(set.iter().collect::<Vec<_>>(), [algorithm]);
        }
        assert_eq!(
            AlgorithmSet::default(),
            AlgorithmSet::new([Algorithm::RS256])
        );
        assert!(AlgorithmSet::new([]).is_empty());
        assert_eq!(AlgorithmSet::new(ALL).iter().count(), ALL.len());
        assert_eq!(format!("{:?}", AlgorithmSet::default()), "{RS256}");
    }
}
