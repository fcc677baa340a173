//! Modulus and exponent ─▶ `VerificationKey`: RFC 7518 §3.3, §3.5 and §6.3.1.
//!
//! The modulus is odd and has 2048 to 8192 bits (RFC 7518 §3.3). The exponent is odd, greater than 1, and has at most [`MAX_EXPONENT_BYTES`]: with exponent
//! 1, anybody could sign, and a huge one would make each verification slow.

use aws_lc_rs::{
    rsa::PublicKeyComponents,
    signature::{
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
        RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
        RsaParameters,
    },
};

use super::{
    Algorithm, AlgorithmSet, KeyError, KeyPool, VerificationKey,
    key_body::{KeyBody, Material, ParsedKey, PublicMaterial},
};

impl VerificationKey {
    /// An RSA public key from its modulus and exponent, both big-endian (RFC 7518 §6.3.1).
    ///
    /// The key may be used with each allowed algorithm of RS256 to RS512 and PS256 to PS512.
    ///
    /// # Errors
    ///
    /// [`Modulus`](KeyError::Modulus), [`Exponent`](KeyError::Exponent), [`KeyId`](KeyError::KeyId) or
    /// [`NoAlgorithm`](KeyError::NoAlgorithm).
    pub fn rsa(
        kid: Option<&str>,
        n: &[u8],
        e: &[u8],
        algorithms: AlgorithmSet,
    ) -> Result<Self, KeyError> {
        Self::rsa_in(&KeyPool::default(), kid, n, e, algorithms)
    }

    /// Like [`rsa`](Self::rsa), but reuses a key of the pool.
    pub(crate) fn rsa_in(
        pool: &KeyPool,
        kid: Option<&str>,
        n: &[u8],
        e: &[u8],
        algorithms: AlgorithmSet,
    ) -> Result<Self, KeyError> {
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
        // Without leading zeros, 256 bytes are 2041 to 2048 bits. Only the top bit tells whether there are 2048.
        let has_top_bit = n.first().is_some_and(|first| *first >= 0x80);
        let fits = match n.len() {
            MIN_MODULUS_BYTES => has_top_bit,
            length => (MIN_MODULUS_BYTES..=MAX_MODULUS_BYTES).contains(&length),
        };
        if !fits || !is_odd(n) {
            return Err(KeyError::Modulus);
        }
        if !is_odd(e) || e == [1] || e.len() > MAX_EXPONENT_BYTES {
            return Err(KeyError::Exponent);
        }
        let parse = || {
            let components = PublicKeyComponents { n, e };
            let mut parsed = Vec::new();
            for algorithm in algorithms.iter() {
                if let Some(parameters) = rsa_parameters(algorithm) {
                    let key = components.to_parsed_public_key(parameters);
                    let key = key.map_err(|_| KeyError::Modulus)?;
                    parsed.push((algorithm, ParsedKey::Public(key)));
                }
            }
            let (n, e) = (n.into(), e.into());
            KeyBody::new(Material::Public(PublicMaterial::Rsa { n, e }), parsed)
        };
        Self::new(kid, pool.body(&[b"RSA", n, e], algorithms, parse)?)
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::RS256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Some(&RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Some(&RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Some(&RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

/// 2048 bits, the minimum in RFC 7518 §3.3.
const MIN_MODULUS_BYTES: usize = 256;

/// 8192 bits. Verification time grows with the square of the length.
const MAX_MODULUS_BYTES: usize = 1024;

/// aws-lc accepts at most 33 bits; exponents in use have at most 17.
const MAX_EXPONENT_BYTES: usize = 4;
