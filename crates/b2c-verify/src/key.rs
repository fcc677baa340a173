//! Key material ─▶ `VerificationKey`: RFC 7518 §3.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use aws_lc_rs::{
    constant_time, hmac,
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ParsedPublicKey,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
        RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
        RsaParameters,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{Algorithm, AlgorithmSet, KeyError, KeyPool, MAX_KID_BYTES, TokenError};

/// A verification key and the algorithms it may be used with (RFC 8725 §3.1). It is parsed once, on construction.
///
/// ```
/// use b2c_verify::{Algorithm, AlgorithmSet, KeyError, VerificationKey};
///
/// let key = VerificationKey::secret(Some("one"), &[7; 32], AlgorithmSet::new([Algorithm::HS256]))?;
/// assert!(key.suits(Algorithm::HS256) && !key.suits(Algorithm::HS512));
///
/// let refused = VerificationKey::secret(Some("one"), &[7; 31], AlgorithmSet::new([Algorithm::HS256]));
/// assert_eq!(refused.unwrap_err(), KeyError::SecretTooShort);
/// # Ok::<(), KeyError>(())
/// ```
pub struct VerificationKey {
    kid: Option<Arc<str>>,
    /// Behind one thin pointer: almost no key has it, and requests read keys of which there are thousands.
    issuer: Option<Box<JwkIssuer>>,
    body: Arc<KeyBody>,
}

/// The member `issuer` of a JWK.
struct JwkIssuer(Box<str>);

/// A key without its id. Keys of a [`KeyPool`] share it.
pub(crate) struct KeyBody {
    /// The id that it was first listed with. Tenants that share a key nearly always give it the same one, and then share the text too.
    first_kid: OnceLock<Arc<str>>,
    material: Material,
    parsed: Vec<(Algorithm, ParsedKey)>,
}

impl VerificationKey {
    /// An RSA public key from its modulus and exponent, both big-endian (RFC 7518 §6.3.1).
    ///
    /// The key gets the allowed ones among RS256 to RS512 and PS256 to PS512.
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
        Self::rsa_in(None, kid, n, e, algorithms)
    }

    /// Like [`rsa`](Self::rsa), but reuses a key of the pool.
    pub(crate) fn rsa_in(
        pool: Option<&KeyPool>,
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
            let parse = |parameters| {
                components
                    .to_parsed_public_key(parameters)
                    .map_err(|_| KeyError::Modulus)
            };
            let parsed = algorithms
                .iter()
                .filter_map(|algorithm| Some((algorithm, parse(rsa_parameters(algorithm)?))));
            let parsed = parsed
                .map(|(algorithm, key)| Ok((algorithm, ParsedKey::Public(key?))))
                .collect::<Result<_, _>>()?;
            let (n, e) = (n.into(), e.into());
            KeyBody::new(Material::Rsa { n, e }, parsed)
        };
        Self::new(
            kid,
            KeyPool::body(pool, &[b"RSA", n, e], algorithms, parse)?,
        )
    }

    /// An elliptic curve public key from the big-endian coordinates of a point on P-256 (32 bytes each) or P-384 (48 bytes each) (RFC 7518 §6.2.1).
    ///
    /// The key gets ES256 or ES384, if allowed.
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
        Self::ec_in(None, kid, x, y, algorithms)
    }

    /// Like [`ec`](Self::ec), but reuses a key of the pool.
    pub(crate) fn ec_in(
        pool: Option<&KeyPool>,
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
            KeyBody::new(Material::Ec { x, y }, parsed.into_iter().collect())
        };
        Self::new(kid, KeyPool::body(pool, &[b"EC", x, y], algorithms, parse)?)
    }

    /// A secret for HMAC.
    ///
    /// The key gets the allowed ones among HS256, HS384 and HS512 for which the secret is long enough: 32, 48 and 64 bytes (RFC 7518 §3.2).
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

    /// The `kid` by which tokens name the key.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The member `issuer` of its JWK, which Entra ID adds: the issuer whose tokens it signs, or a template for those of every tenant. It counts where
    /// [any tenant](crate::TokenRules::any_tenant) is accepted.
    ///
    /// ```
    /// use b2c_verify::{AlgorithmSet, JwkSet, JwkSetError};
    /// # let n = format!("v{}", "w".repeat(341));
    /// # let issuer = "https://login.microsoftonline.com/{tenantid}/v2.0";
    /// # let document = format!(r#"{{"keys":[{{"kid":"one","kty":"RSA","e":"AQAB","n":"{n}","issuer":"{issuer}"}}]}}"#);
    ///
    /// // `document` is as `organizations` publishes it.
    /// let set = JwkSet::parse(document.as_bytes(), AlgorithmSet::default())?;
    /// assert_eq!(set.keys()[0].issuer(), Some("https://login.microsoftonline.com/{tenantid}/v2.0"));
    /// # Ok::<(), JwkSetError>(())
    /// ```
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_ref().map(|issuer| &*issuer.0)
    }

    /// Sets what [`issuer`](Self::issuer) returns.
    #[must_use]
    pub fn with_issuer(self, issuer: Option<&str>) -> Self {
        Self {
            issuer: issuer.map(|issuer| Box::new(JwkIssuer(issuer.into()))),
            ..self
        }
    }

    /// Whether the key may be used with this algorithm.
    #[must_use]
    pub fn suits(&self, algorithm: Algorithm) -> bool {
        self.body
            .parsed
            .iter()
            .any(|(candidate, _)| *candidate == algorithm)
    }

    /// Whether both are the same key, regardless of ids and algorithms. Secrets of equal length are compared in constant time.
    #[must_use]
    pub fn same_material(&self, other: &Self) -> bool {
        match (&self.body.material, &other.body.material) {
            (
                Material::Rsa { n, e },
                Material::Rsa {
                    n: other_n,
                    e: other_e,
                },
            ) => n == other_n && e == other_e,
            (
                Material::Ec { x, y },
                Material::Ec {
                    x: other_x,
                    y: other_y,
                },
            ) => x == other_x && y == other_y,
            (Material::Secret(secret), Material::Secret(other)) => {
                constant_time::verify_slices_are_equal(secret, other).is_ok()
            }
            _ => false,
        }
    }

    /// The public key as a JWK (RFC 7517 §4), which [`JwkSet`](crate::JwkSet) reads back. `None` for a secret.
    ///
    /// `alg` is present only if the key has exactly one algorithm.
    ///
    /// ```
    /// use b2c_verify::{Algorithm, AlgorithmSet, JwkSet, VerificationKey};
    ///
    /// // The point of RFC 7517 §A.1.
    /// # use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    /// # let x = URL_SAFE_NO_PAD.decode("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4")?;
    /// # let y = URL_SAFE_NO_PAD.decode("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM")?;
    /// let es256 = AlgorithmSet::new([Algorithm::ES256]);
    /// let key = VerificationKey::ec(Some("1"), &x, &y, es256)?;
    /// let jwk = key.to_jwk().ok_or("a public key")?;
    ///
    /// let set = JwkSet::parse(format!(r#"{{"keys":[{jwk}]}}"#).as_bytes(), es256)?;
    /// assert!(set.keys()[0].same_material(&key));
    ///
    /// let secret = VerificationKey::secret(None, &[7; 32], AlgorithmSet::new([Algorithm::HS256]))?;
    /// assert_eq!(secret.to_jwk(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_jwk(&self) -> Option<String> {
        let mut jwk = serde_json::Map::new();
        let mut insert = |name: &str, value: &str| jwk.insert(name.into(), value.into());
        match &self.body.material {
            Material::Rsa { n, e } => {
                insert("kty", "RSA");
                insert("n", &URL_SAFE_NO_PAD.encode(n));
                insert("e", &URL_SAFE_NO_PAD.encode(e));
            }
            Material::Ec { x, y } => {
                insert("kty", "EC");
                insert(
                    "crv",
                    if self.suits(Algorithm::ES256) {
                        "P-256"
                    } else {
                        "P-384"
                    },
                );
                insert("x", &URL_SAFE_NO_PAD.encode(x));
                insert("y", &URL_SAFE_NO_PAD.encode(y));
            }
            Material::Secret(_) => return None,
        }
        insert("use", "sig");
        if let [(algorithm, _)] = self.body.parsed.as_slice() {
            insert("alg", algorithm.as_str());
        }
        if let Some(kid) = self.kid() {
            insert("kid", kid);
        }
        if let Some(issuer) = self.issuer() {
            insert("issuer", issuer);
        }
        Some(serde_json::Value::Object(jwk).to_string())
    }

    /// Verifies `signature` over `message`, with an algorithm that the key must have.
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), TokenError> {
        let parsed = self
            .body
            .parsed
            .iter()
            .find(|(candidate, _)| *candidate == algorithm);
        let (_, key) = parsed.ok_or(TokenError::UnsuitableKey)?;
        let verified = match key {
            ParsedKey::Public(key) => key.verify_sig(message, signature),
            ParsedKey::Secret(key) => hmac::verify(key, message, signature),
        };
        verified.map_err(|_| TokenError::BadSignature)
    }

    fn new(kid: Option<&str>, body: Arc<KeyBody>) -> Result<Self, KeyError> {
        if kid.is_some_and(|kid| kid.is_empty() || kid.len() > MAX_KID_BYTES) {
            return Err(KeyError::KeyId);
        }
        Ok(Self {
            kid: kid.map(|kid| body.shared(kid)),
            issuer: None,
            body,
        })
    }
}

impl KeyBody {
    fn new(material: Material, parsed: Vec<(Algorithm, ParsedKey)>) -> Result<Self, KeyError> {
        if parsed.is_empty() {
            return Err(KeyError::NoAlgorithm);
        }
        Ok(Self {
            first_kid: OnceLock::new(),
            material,
            parsed,
        })
    }

    fn shared(&self, kid: &str) -> Arc<str> {
        let first = self.first_kid.get_or_init(|| kid.into());
        if **first == *kid {
            Arc::clone(first)
        } else {
            kid.into()
        }
    }
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationKey")
            .field("kid", &self.kid)
            .field(
                "algorithms",
                &self
                    .body
                    .parsed
                    .iter()
                    .map(|(algorithm, _)| algorithm)
                    .collect::<Vec<_>>(),
            )
            .finish_non_exhaustive()
    }
}

enum Material {
    Rsa { n: Box<[u8]>, e: Box<[u8]> },
    Ec { x: Box<[u8]>, y: Box<[u8]> },
    Secret(Box<[u8]>),
}

enum ParsedKey {
    Public(ParsedPublicKey),
    Secret(Box<hmac::Key>),
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

fn hmac_hash(algorithm: Algorithm) -> Option<hmac::Algorithm> {
    match algorithm {
        Algorithm::HS256 => Some(hmac::HMAC_SHA256),
        Algorithm::HS384 => Some(hmac::HMAC_SHA384),
        Algorithm::HS512 => Some(hmac::HMAC_SHA512),
        _ => None,
    }
}

/// 2048 bits, the minimum in RFC 7518 §3.3.
const MIN_MODULUS_BYTES: usize = 256;

/// 8192 bits. Verification time grows with the square of the length.
const MAX_MODULUS_BYTES: usize = 1024;

/// aws-lc accepts at most 33 bits; exponents in use have at most 17.
const MAX_EXPONENT_BYTES: usize = 4;

/// SEC 1 §2.3.3.
const UNCOMPRESSED_POINT: u8 = 4;
