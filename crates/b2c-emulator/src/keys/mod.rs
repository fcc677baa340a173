//! The keys that sign tokens.

mod key_ring;
mod signing_key;

pub(crate) use self::key_ring::{KeyRing, KeyRings, new_key, new_rings, signing_keys};
pub use self::signing_key::{KeyGenerationError, SigningKey};
