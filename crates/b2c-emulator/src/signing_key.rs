//! An RSA key that tokens are signed with.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

/// An RSA key of 2048 bits with its id. Two emulators may share one, as unrelated B2C tenants do.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    inner: Arc<Inner>,
}

struct Inner {
    pair: KeyPair,
    encoding: jsonwebtoken::EncodingKey,
}

/// A key could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an RSA key could not be made")]
pub struct KeyGenerationError;

impl SigningKey {
    /// Makes a key; its id follows from the key, like those of B2C's user flows. Takes about a tenth of a second.
    ///
    /// # Errors
    ///
    /// When the random number generator of the system fails.
    pub fn generate() -> Result<Self, KeyGenerationError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyGenerationError)?;
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyGenerationError)?;
        let pem = pem("PRIVATE KEY", private.as_ref());
        let encoding = jsonwebtoken::EncodingKey::from_rsa_pem(pem.as_bytes())
            .map_err(|_| KeyGenerationError)?;
        let digest =
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, pair.public_key().as_ref());
        let kid = URL_SAFE_NO_PAD.encode(digest);
        Ok(Self {
            kid,
            inner: Arc::new(Inner { pair, encoding }),
        })
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

    /// The public key in PEM, for attacks that use it as a secret.
    pub fn public_key_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public_key_der())
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

fn pem(label: &str, der: &[u8]) -> String {
    let mut lines = format!("-----BEGIN {label}-----\n");
    let text = STANDARD.encode(der);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(PEM_LINE));
        lines.push_str(line);
        lines.push('\n');
        rest = next;
    }
    lines.push_str(&format!("-----END {label}-----\n"));
    lines
}

const PEM_LINE: usize = 64;
