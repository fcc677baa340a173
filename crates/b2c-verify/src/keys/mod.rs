//! Key sets, PEM texts and secrets ─▶ `VerificationKey`s.
//!
//! 1. A key is bound to its algorithms when it is read, and never to others later (RFC 8725 §3.1). So a public key can never be used as a secret.
//! 2. A key set is read entry by entry. An entry that cannot be used is skipped with a reason. The others are still used.
//! 3. Secrets come only from the caller, never from a key set.
//! 4. RSA keys have 2048 to 8192 bits; points are on P-256 or P-384; a secret is at least as long as the hash.

mod algorithm;
mod ec;
mod jwk;
mod jwk_set;
mod key_body;
mod key_error;
mod key_pool;
mod pem;
mod rsa;
mod secret;
mod skipped_key;
mod to_jwk;
mod verification_key;

pub use self::{
    algorithm::{Algorithm, AlgorithmSet, UnknownAlgorithm},
    jwk_set::{JwkSet, JwkSetError, MAX_KEYS},
    key_error::KeyError,
    key_pool::KeyPool,
    skipped_key::{SkipReason, SkippedKey},
    verification_key::{MAX_KID_BYTES, VerificationKey},
};
