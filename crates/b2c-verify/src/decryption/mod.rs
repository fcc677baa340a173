//! Encrypted token ─▶ signed token: JWE compact serialization, RFC 7516.
//!
//! ```text
//! Credentials ─▶ EncryptedToken ─▶ content key ─▶ DecryptedToken ─▶ Credentials
//! ```
//!
//! The content of a nested token (RFC 7519 §5.2) is a signed token. Decryption proves nothing about who made it, because the encryption key is public. The
//! content must pass every check of a token that was never encrypted, including the signature.
//!
//! An attacker must not learn which step failed (RFC 7516 §11.5). If the content key cannot be decrypted, a random key replaces it, and decryption then fails at
//! the authentication tag.

mod content;
mod decrypted_token;
mod encrypted_token;
mod key;
mod key_error;
mod key_management;
mod keys;

pub use self::{
    decrypted_token::DecryptedToken,
    key::{DecryptionKey, MAX_DECRYPTION_MODULUS_BITS},
    key_error::DecryptionKeyError,
    keys::{DecryptionKeys, MAX_DECRYPTION_KEYS},
};
