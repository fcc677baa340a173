//! Coordinates ─▶ `VerificationKey`: RFC 7518 §3.4 and §6.2.1.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ParsedPublicKey};

use super::{
    Algorithm, AlgorithmSet, KeyError, KeyPool, VerificationKey,
    key_body::{KeyBody, Material, ParsedKey, PublicMaterial},
};

impl VerificationKey {
    /// An elliptic curve public key from the big-endian coordinates of a point on P-256 (32 bytes each) or P-384 (48 bytes each) (RFC 7518 §6.2.1).
    ///
    /// The key may be used with ES256 or ES384, whichever belongs to its curve, if that is allowed.
    ///
    /// # Errors
    ///
    /// [`Point`](KeyError::Point), [`KeyId`](KeyError::KeyId) or [`NoAlgorithm`](KeyError::NoAlgorithm).
    pub fn ec(
        kid: Option<&str>,
        x: &[u8],
        y: &[u8],
        algorithms: AlgorithmSet,
    ) -> Result<Self, KeyError> {
        Self::ec_in(&KeyPool::default(), kid, x, y, algorithms)
    }

    /// Like [`ec`](Self::ec), but reuses a key of the pool.
    pub(crate) fn ec_in(
        pool: &KeyPool,
        kid: Option<&str>,
        x: &[u8],
        y: &[u8],
        algorithms: AlgorithmSet,
    ) -> Result<Self, KeyError> {
        let (algorithm, parameters) = match (x.len(), y.len()) {
            (32, 32) => (Algorithm::ES256, &ECDSA_P256_SHA256_FIXED),
            (48, 48) => (Algorithm::ES384, &ECDSA_P384_SHA384_FIXED),
            _ => return Err(KeyError::Point),
        };
        let parse = || {
            let point = [&[UNCOMPRESSED_POINT], x, y].concat();
            let key = ParsedPublicKey::new(parameters, point).map_err(|_| KeyError::Point)?;
            let parsed = algorithms
                .contains(algorithm)
                .then_some((algorithm, ParsedKey::Public(key)));
            let (x, y) = (x.into(), y.into());
            let material = Material::Public(PublicMaterial::Ec { x, y });
            KeyBody::new(material, parsed.into_iter().collect())
        };
        Self::new(kid, pool.body(&[b"EC", x, y], algorithms, parse)?)
    }
}

/// SEC 1 §2.3.3.
const UNCOMPRESSED_POINT: u8 = 4;
