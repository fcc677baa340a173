/// Why a decryption key is unusable.
///
/// ```
/// use b2c_verify::{DecryptionKey, DecryptionKeyError};
///
/// let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
/// let refused = DecryptionKey::from_pem(Some("one"), certificate).unwrap_err();
/// assert_eq!(refused, DecryptionKeyError::Pem);
/// assert_eq!(refused.to_string(), "not PEM with one private key");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptionKeyError {
    /// Not PEM with exactly one private key.
    #[error("not PEM with one private key")]
    Pem,
    /// The private key is encrypted with a password.
    #[error("the private key is encrypted; remove the password with openssl pkey")]
    Encrypted,
    /// The content of the PEM text is not an RSA private key of a supported length.
    #[error("not an RSA private key of 2048 to 4096 bits")]
    Key,
    /// The key id is empty or longer than [`MAX_KID_BYTES`](crate::MAX_KID_BYTES).
    #[error("the key id is empty or too long")]
    KeyId,
    /// There are more than [`MAX_DECRYPTION_KEYS`](crate::MAX_DECRYPTION_KEYS).
    #[error("more than four decryption keys")]
    TooMany,
}
