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

/// An RSA key of 2048 bits with its id. Two emulators may share one, as unrelated B2C tenants do.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    inner: Arc<Inner>,
}

struct Inner {
    pair: KeyPair,
    /// In PKCS #8 and PEM.
    private: String,
    encoding: jsonwebtoken::EncodingKey,
    /// Made on first use.
    certificate: OnceLock<Vec<u8>>,
}

/// A key could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an RSA key could not be made")]
pub struct KeyGenerationError;

impl SigningKey {
    /// Makes a key and derives its id from it, as for B2C's user flows. Takes about a tenth of a second.
    ///
    /// # Errors
    ///
    /// If the system's random number generator fails.
    pub fn generate() -> Result<Self, KeyGenerationError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyGenerationError)?;
        Self::of(pair).ok_or(KeyGenerationError)
    }

    /// Reads a key that [`private_pem`](Self::private_pem) wrote: many times faster than making one. Derives its id from the key.
    ///
    /// # Errors
    ///
    /// If it is not an RSA key in PKCS #8.
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
            inner: Arc::new(Inner {
                pair,
                private,
                encoding,
                certificate: OnceLock::new(),
            }),
        })
    }

    /// The private key in PKCS #8 and PEM, for storing it.
    pub fn private_pem(&self) -> &str {
        &self.inner.private
    }

    /// The same key with its certificate's SHA-1 thumbprint as its id, as at Entra.
    pub(crate) fn named_by_certificate(&self) -> Result<Self, KeyGenerationError> {
        let certificate = self.certificate().ok_or(KeyGenerationError)?;
        Ok(self.with_kid(thumbprint(certificate)))
    }

    /// A certificate of this key, signed with the key itself.
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

    /// The same key under another id.
    #[must_use]
    pub fn with_kid(&self, kid: impl Into<String>) -> Self {
        Self {
            kid: kid.into(),
            inner: Arc::clone(&self.inner),
        }
    }

    /// The key's id, `kid`.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as B2C publishes it: no `alg`, no certificate.
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

    /// The public key as Entra publishes it: with its certificate and the issuer whose tokens it signs, and no `alg`.
    pub(crate) fn entra_jwk(&self, issuer: &str) -> Value {
        let mut jwk = self.public_jwk();
        if let Some(members) = jwk.as_object_mut() {
            members.remove("nbf");
            members.insert("issuer".into(), issuer.into());
            if let Some(certificate) = self.certificate() {
                members.insert("x5t".into(), thumbprint(certificate).into());
                members.insert("x5c".into(), json!([STANDARD.encode(certificate)]));
            }
        }
        jwk
    }

    /// The public key in PEM, for attacks that use it as a secret.
    pub fn public_key_pem(&self) -> String {
        pem::encode("PUBLIC KEY", &self.public_key_der())
    }

    /// The public key in DER (SPKI), likewise.
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

/// `x5t` (RFC 7517, 4.8).
fn thumbprint(certificate: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
    URL_SAFE_NO_PAD.encode(digest)
}
