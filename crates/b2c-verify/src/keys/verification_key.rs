//! Key material ─▶ `VerificationKey`: RFC 7518 §3.

use std::{fmt, sync::Arc};

use aws_lc_rs::{constant_time, hmac};

use super::{
    Algorithm, KeyError,
    key_body::{KeyBody, Material, ParsedKey},
};
use crate::error::TokenError;

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
    /// A single pointer, because there can be thousands of keys and almost none has an issuer.
    issuer: Option<Box<JwkIssuer>>,
    pub(super) body: Arc<KeyBody>,
}

/// The member `issuer` of a JWK.
struct JwkIssuer(Box<str>);

impl VerificationKey {
    /// The `kid` by which tokens name the key.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The JWK's member `issuer`, which Entra ID adds: the issuer that signs with this key, or a template that stands for every tenant's issuer. It matters
    /// only if [any tenant](crate::TokenRules::any_tenant) is accepted.
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
        self.parsed(algorithm).is_some()
    }

    /// Whether both are the same key, regardless of ids and algorithms. Secrets of equal length are compared in constant time.
    #[must_use]
    pub fn same_material(&self, other: &Self) -> bool {
        match (&self.body.material, &other.body.material) {
            (Material::Public(key), Material::Public(other)) => key == other,
            (Material::Secret(secret), Material::Secret(other)) => {
                constant_time::verify_slices_are_equal(secret, other).is_ok()
            }
            _ => false,
        }
    }

    /// Verifies `signature` over `message`, with an algorithm that the key must have.
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), TokenError> {
        let verified = match self.parsed(algorithm).ok_or(TokenError::UnsuitableKey)? {
            ParsedKey::Public(key) => key.verify_sig(message, signature),
            ParsedKey::Secret(key) => hmac::verify(key, message, signature),
        };
        verified.map_err(|_| TokenError::BadSignature)
    }

    fn parsed(&self, algorithm: Algorithm) -> Option<&ParsedKey> {
        let mut parsed = self.body.parsed.iter();
        parsed.find_map(|(its, key)| (*its == algorithm).then_some(key))
    }

    pub(super) fn new(kid: Option<&str>, body: Arc<KeyBody>) -> Result<Self, KeyError> {
        if kid.is_some_and(|kid| kid.is_empty() || kid.len() > MAX_KID_BYTES) {
            return Err(KeyError::KeyId);
        }
        Ok(Self {
            kid: kid.map(|kid| body.shared_kid(kid)),
            issuer: None,
            body,
        })
    }
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithms = self.body.parsed.iter().map(|(algorithm, _)| algorithm);
        f.debug_struct("VerificationKey")
            .field("kid", &self.kid)
            .field("algorithms", &algorithms.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The longest key id, in bytes. B2C's key ids have 43.
///
/// ```
/// use b2c_verify::{Algorithm, AlgorithmSet, KeyError, MAX_KID_BYTES, VerificationKey};
///
/// let key = |kid: &str| VerificationKey::secret(Some(kid), &[7; 32], AlgorithmSet::new([Algorithm::HS256]));
/// assert!(key(&"k".repeat(MAX_KID_BYTES)).is_ok());
/// assert_eq!(key(&"k".repeat(MAX_KID_BYTES + 1)).unwrap_err(), KeyError::KeyId);
/// ```
pub const MAX_KID_BYTES: usize = 256;
