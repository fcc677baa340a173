/// Why a decryption key is unusable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptionKeyError {
    /// Not PEM with exactly one private key.
    #[error("not a PEM text with one private key")]
    Pem,
    /// The private key is protected with a password.
    #[error("the private key is encrypted; take the password off with openssl pkey")]
    Encrypted,
    /// The PEM text's content is no readable RSA private key.
    #[error("not an RSA private key of 2048 to 4096 bits")]
    Key,
    /// The key id is empty or longer than [`MAX_KID_BYTES`](crate::MAX_KID_BYTES).
    #[error("the key id is empty or too long")]
    KeyId,
    /// There are more than [`MAX_DECRYPTION_KEYS`](crate::MAX_DECRYPTION_KEYS).
    #[error("there are more than four decryption keys")]
    TooMany,
}
