//! Key sets, PEM texts and secrets ─▶ `VerificationKey`s.

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
