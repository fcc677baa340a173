//! Secret ─▶ `VerificationKey`: RFC 7518 §3.2.

use std::sync::Arc;

use aws_lc_rs::hmac;

use super::{
    Algorithm, AlgorithmSet, KeyError, VerificationKey,
    key_body::{KeyBody, Material, ParsedKey},
};

impl VerificationKey {
    /// A secret for HMAC.
    ///
    /// The key may be used with each allowed algorithm that the secret is long enough for: HS256 needs 32 bytes, HS384 48 and HS512 64 (RFC 7518 §3.2).
    ///
    /// # Errors
    ///
    /// [`SecretTooShort`](KeyError::SecretTooShort), [`KeyId`](KeyError::KeyId) or [`NoAlgorithm`](KeyError::NoAlgorithm).
    pub fn secret(
        kid: Option<&str>,
        secret: &[u8],
        algorithms: AlgorithmSet,
    ) -> Result<Self, KeyError> {
        let hashes = algorithms
            .iter()
            .filter_map(|algorithm| Some((algorithm, hmac_hash(algorithm)?)));
        let (long_enough, too_long): (Vec<_>, Vec<_>) =
            hashes.partition(|(_, hash)| secret.len() >= hash.digest_algorithm().output_len());
        if long_enough.is_empty() && !too_long.is_empty() {
            return Err(KeyError::SecretTooShort);
        }
        let parsed = long_enough.into_iter().map(|(algorithm, hash)| {
            (
                algorithm,
                ParsedKey::Secret(Box::new(hmac::Key::new(hash, secret))),
            )
        });
        let body = KeyBody::new(Material::Secret(secret.into()), parsed.collect())?;
        Self::new(kid, Arc::new(body))
    }
}

fn hmac_hash(algorithm: Algorithm) -> Option<hmac::Algorithm> {
    match algorithm {
        Algorithm::HS256 => Some(hmac::HMAC_SHA256),
        Algorithm::HS384 => Some(hmac::HMAC_SHA384),
        Algorithm::HS512 => Some(hmac::HMAC_SHA512),
        _ => None,
    }
}
