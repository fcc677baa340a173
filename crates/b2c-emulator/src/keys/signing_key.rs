//! The RSA key that signs tokens.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use aws_lc_rs::{
    digest,
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use serde_json::{Value, json};

use crate::pem;

/// An RSA key, of 2048 bits if generated, and its id. Several emulators may share one, as unrelated B2C tenants do.
///
/// ```
/// use b2c_emulator::SigningKey;
///
/// let key = SigningKey::generate()?;
/// let stored = SigningKey::from_pem(key.private_pem())?;
/// assert_eq!(stored.kid(), key.kid());
///
/// assert!(SigningKey::from_pem(&key.public_key_pem()).is_err());
/// # Ok::<(), b2c_emulator::KeyGenerationError>(())
/// ```
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    issuer: PublishedIssuer,
    inner: Arc<Inner>,
}

/// The member `issuer` of the key in Entra's key sets.
#[derive(Clone)]
enum PublishedIssuer {
    /// The issuer in the tenant's metadata.
    OfMetadata,
    This(String),
    Absent,
}

struct Inner {
    pair: KeyPair,
    /// PKCS #8 in PEM.
    private: String,
    encoding: jsonwebtoken::EncodingKey,
    /// Generated on first use.
    certificate: OnceLock<Vec<u8>>,
}

/// An RSA key could not be generated or parsed.
///
/// ```
/// use b2c_emulator::{KeyGenerationError, SigningKey};
///
/// let key = SigningKey::generate()?;
/// assert!(SigningKey::from_pem(key.private_pem()).is_ok());
/// assert_eq!(SigningKey::from_pem(&key.public_key_pem()).unwrap_err(), KeyGenerationError);
/// # Ok::<(), KeyGenerationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot generate or parse an RSA key")]
pub struct KeyGenerationError;

impl SigningKey {
    /// Generates a key, which takes about a tenth of a second. Its id is derived from the public key.
    ///
    /// # Errors
    ///
    /// If the system's random number generator fails.
    pub fn generate() -> Result<Self, KeyGenerationError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyGenerationError)?;
        Self::of(pair).ok_or(KeyGenerationError)
    }

    /// Parses a private key in PEM, such as a stored [`private_pem`](Self::private_pem). This is much faster than generating one. Its id is derived from the
    /// public key.
    ///
    /// # Errors
    ///
    /// If the text is not an RSA private key in PKCS #8.
    pub fn from_pem(pem: &str) -> Result<Self, KeyGenerationError> {
        let private =
            PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| KeyGenerationError)?;
        let pair =
            KeyPair::from_pkcs8(private.secret_pkcs8_der()).map_err(|_| KeyGenerationError)?;
        Self::of(pair).ok_or(KeyGenerationError)
    }

    fn of(pair: KeyPair) -> Option<Self> {
        let private: Pkcs8V1Der<'_> = pair.as_der().ok()?;
        let private = pem::encode("PRIVATE KEY", private.as_ref());
        let encoding = jsonwebtoken::EncodingKey::from_rsa_pem(private.as_bytes()).ok()?;
        let digest = digest::digest(&digest::SHA256, pair.public_key().as_ref());
        Some(Self {
            kid: URL_SAFE_NO_PAD.encode(digest),
            issuer: PublishedIssuer::OfMetadata,
            inner: Arc::new(Inner {
                pair,
                private,
                encoding,
                certificate: OnceLock::new(),
            }),
        })
    }

    /// The private key to store: PKCS #8 in PEM.
    pub fn private_pem(&self) -> &str {
        &self.inner.private
    }

    /// The same key with its certificate's SHA-1 thumbprint as its id, as in Entra ID.
    pub(crate) fn named_by_certificate(&self) -> Result<Self, KeyGenerationError> {
        let certificate = self.certificate().ok_or(KeyGenerationError)?;
        Ok(self.with_kid(thumbprint(certificate)))
    }

    /// The key's self-signed certificate.
    fn certificate(&self) -> Option<&[u8]> {
        if let Some(made) = self.inner.certificate.get() {
            return Some(made);
        }
        let key = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(
            &PrivatePkcs8KeyDer::from_pem_slice(self.inner.private.as_bytes()).ok()?,
            &rcgen::PKCS_RSA_SHA256,
        )
        .ok()?;
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        let name = "accounts.accesscontrol.windows.net";
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        let made = params.self_signed(&key).ok()?.der().to_vec();
        Some(self.inner.certificate.get_or_init(|| made))
    }

    /// The same key with another id.
    #[must_use]
    pub fn with_kid(&self, kid: impl Into<String>) -> Self {
        Self {
            kid: kid.into(),
            ..self.clone()
        }
    }

    /// The same key, published by an External ID or Entra ID tenant for this issuer only. By default, the tenant publishes it for the issuer in its metadata.
    #[must_use]
    pub fn with_issuer(&self, issuer: impl Into<String>) -> Self {
        Self {
            issuer: PublishedIssuer::This(issuer.into()),
            ..self.clone()
        }
    }

    /// The same key, published without an issuer.
    #[must_use]
    pub fn without_issuer(&self) -> Self {
        Self {
            issuer: PublishedIssuer::Absent,
            ..self.clone()
        }
    }

    /// The key's id, `kid`.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a JWK (RFC 7517). Like B2C's, it has no `alg` and no certificate.
    pub fn public_jwk(&self) -> Value {
        let public = self.inner.pair.public_key();
        json!({
            "kid": self.kid(),
            "nbf": 1_493_763_266,
            "use": "sig",
            "kty": "RSA",
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
        })
    }

    /// The public key as a JWK like Entra ID's, with its certificate and issuer, but no `alg`.
    pub(crate) fn entra_jwk(&self, issuer: &str) -> Value {
        let mut jwk = self.public_jwk();
        if let Some(members) = jwk.as_object_mut() {
            members.remove("nbf");
            let issuer = match &self.issuer {
                PublishedIssuer::OfMetadata => Some(issuer),
                PublishedIssuer::This(issuer) => Some(issuer.as_str()),
                PublishedIssuer::Absent => None,
            };
            members.extend(issuer.map(|issuer| ("issuer".into(), issuer.into())));
            if let Some(certificate) = self.certificate() {
                members.insert("x5t".into(), thumbprint(certificate).into());
                members.insert("x5c".into(), json!([STANDARD.encode(certificate)]));
            }
        }
        jwk
    }

    /// The public key in PEM. [`sign_hs256`](crate::TokenBuilder::sign_hs256) with it is the classic algorithm confusion attack.
    pub fn public_key_pem(&self) -> String {
        pem::encode("PUBLIC KEY", &self.public_key_der())
    }

    /// The public key in DER (SPKI), for the same attack.
    pub fn public_key_der(&self) -> Vec<u8> {
        let der: Result<PublicKeyX509Der<'_>, _> = self.inner.pair.public_key().as_der();
        der.map(|der| der.as_ref().to_vec()).unwrap_or_default()
    }

    pub(crate) fn encoding(&self) -> &jsonwebtoken::EncodingKey {
        &self.inner.encoding
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}

/// `x5t` (RFC 7517 §4.8).
fn thumbprint(certificate: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
    URL_SAFE_NO_PAD.encode(digest)
}
