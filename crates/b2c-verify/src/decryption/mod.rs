//! Encrypted token ─▶ signed token: JWE compact serialization, RFC 7516.
//!
//! ```text
//! Credentials ─▶ EncryptedToken ─▶ content key ─▶ DecryptedToken ─▶ Credentials
//! ```
//!
//! A nested token (RFC 7519 §5.2): a signed token is the content of an encrypted one. Decryption proves nothing about who made it, because everyone has the
//! public key. What comes out has to pass the same checks as a token that was never encrypted, its signature included.
//!
//! Nothing here tells an attacker which step failed (RFC 7516 §11.5): if the content key cannot be had, a random one takes its place, and the content is
//! refused for its tag.

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
