/// Why a key is unusable. For the entries of a key set, it is a [`SkipReason`](crate::SkipReason).
///
/// ```
/// use b2c_verify::{Algorithm, AlgorithmSet, KeyError, VerificationKey};
///
/// let hs256 = AlgorithmSet::new([Algorithm::HS256]);
/// assert!(VerificationKey::secret(Some("one"), &[7; 32], hs256).is_ok());
/// assert_eq!(VerificationKey::secret(Some(""), &[7; 32], hs256).unwrap_err(), KeyError::KeyId);
///
/// // A secret verifies only HMAC.
/// let refused = VerificationKey::secret(Some("one"), &[7; 32], AlgorithmSet::RS256).unwrap_err();
/// assert_eq!(refused, KeyError::NoAlgorithm);
/// assert_eq!(refused.to_string(), "no allowed algorithm suits the key");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The RSA modulus is even, or not 2048 to 8192 bits long (RFC 7518 §3.3).
    #[error("the modulus is not an odd number of 2048 to 8192 bits")]
    Modulus,
    /// The RSA exponent is even, below 3, or longer than 32 bits.
    #[error("the exponent is not an odd number from 3 to 2^32")]
    Exponent,
    /// The coordinates are not a point on P-256 or P-384.
    #[error("not a point on P-256 or P-384")]
    Point,
    /// The secret is shorter than the output of every allowed hash (RFC 7518 §3.2).
    #[error("the secret is too short for the allowed algorithms")]
    SecretTooShort,
    /// The key id is empty or longer than [`MAX_KID_BYTES`](crate::MAX_KID_BYTES).
    #[error("the key id is empty or too long")]
    KeyId,
    /// Not PEM with exactly one certificate or public key.
    #[error("not PEM with one certificate or public key")]
    Pem,
    /// The PEM text contains a private key. Verifying needs none, and it should not leave the issuer.
    #[error("the PEM text contains a private key; give the certificate or the public key alone")]
    Private,
    /// The content of the PEM text is not a certificate or public key of a supported type.
    #[error("not an RSA, P-256 or P-384 public key, nor a certificate with one")]
    Der,
    /// No allowed algorithm uses this type of key.
    #[error("no allowed algorithm suits the key")]
    NoAlgorithm,
}
