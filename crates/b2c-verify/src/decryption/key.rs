//! PEM text ─▶ `DecryptionKey`: RFC 7468, RFC 5958, RFC 8017 §A.1.2.

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, OaepPrivateDecryptingKey, PrivateDecryptingKey},
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};
use zeroize::Zeroizing;

use super::DecryptionKeyError;
use crate::keys::MAX_KID_BYTES;

/// An RSA private key that decrypts tokens (RFC 7518 §4.3). `Debug` shows only its id.
///
/// The example of [`DecryptionKeys`](crate::DecryptionKeys) decrypts with one.
///
/// ```
#[doc = include_str!("../../docs/example_encryption.txt")]
/// use b2c_verify::{DecryptionKey, DecryptionKeyError};
///
/// // `pem` begins with -----BEGIN PRIVATE KEY-----.
/// assert_eq!(DecryptionKey::from_pem(Some("one"), &pem)?.kid(), Some("one"));
///
/// let refused = DecryptionKey::from_pem(Some("one"), "MIIB...");
/// assert_eq!(refused.unwrap_err(), DecryptionKeyError::Pem);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DecryptionKey {
    pub(super) kid: Option<Box<str>>,
    pub(super) key: OaepPrivateDecryptingKey,
}

impl DecryptionKey {
    /// The key in PEM: one `PRIVATE KEY` (PKCS #8) or `RSA PRIVATE KEY` (PKCS #1) of 2048 to
    /// [4096 bits](MAX_DECRYPTION_MODULUS_BITS). Certificates in the text are ignored.
    ///
    /// `kid` is the key's id. The decoded key is overwritten after parsing, but the parser's buffer with its base64 text is not. Overwriting `text` is up to
    /// the caller.
    ///
    /// # Errors
    ///
    /// [`Pem`](DecryptionKeyError::Pem), [`Encrypted`](DecryptionKeyError::Encrypted), [`Key`](DecryptionKeyError::Key) or
    /// [`KeyId`](DecryptionKeyError::KeyId).
    pub fn from_pem(kid: Option<&str>, text: &str) -> Result<Self, DecryptionKeyError> {
        if kid.is_some_and(|kid| kid.is_empty() || kid.len() > MAX_KID_BYTES) {
            return Err(DecryptionKeyError::KeyId);
        }
        let key = rsa_key(&*private_key(text)?).ok_or(DecryptionKeyError::Key)?;
        if key.key_size_bits() > MAX_DECRYPTION_MODULUS_BITS {
            return Err(DecryptionKeyError::Key);
        }
        Ok(Self {
            kid: kid.map(Into::into),
            key: OaepPrivateDecryptingKey::new(key).map_err(|_| DecryptionKeyError::Key)?,
        })
    }

    /// The `kid` by which tokens name the key.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptionKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// The only private key in the text.
fn private_key(text: &str) -> Result<Zeroizing<PrivateKeyDer<'static>>, DecryptionKeyError> {
    if text.len() > MAX_PEM_BYTES {
        return Err(DecryptionKeyError::Pem);
    }
    if ["BEGIN ENCRYPTED", "4,ENCRYPTED"]
        .iter()
        .any(|mark| text.contains(mark))
    {
        return Err(DecryptionKeyError::Encrypted);
    }
    let mut keys = PrivateKeyDer::pem_slice_iter(text.as_bytes())
        .map(|key| key.map(Zeroizing::new).map_err(|_| DecryptionKeyError::Pem));
    match (keys.next(), keys.next()) {
        (Some(key), None) => key,
        _ => Err(DecryptionKeyError::Pem),
    }
}

fn rsa_key(key: &PrivateKeyDer<'_>) -> Option<PrivateDecryptingKey> {
    match key {
        PrivateKeyDer::Pkcs8(der) => PrivateDecryptingKey::from_pkcs8(der.secret_pkcs8_der()).ok(),
        PrivateKeyDer::Pkcs1(der) => {
            let pair = KeyPair::from_der(der.secret_pkcs1_der()).ok()?;
            let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
            PrivateDecryptingKey::from_pkcs8(der.as_ref()).ok()
        }
        _ => None,
    }
}

/// The longest modulus of a decryption key, in bits. Anyone who can reach the service can make it decrypt, and decrypting with 8192 bits takes seven times as
/// long.
///
/// ```
/// use aws_lc_rs::{encoding::{AsDer, Pkcs8V1Der}, rsa::{KeySize, PrivateDecryptingKey}};
/// use b2c_verify::{DecryptionKey, MAX_DECRYPTION_MODULUS_BITS};
///
/// let key = PrivateDecryptingKey::generate(KeySize::Rsa2048)?;
/// assert!(key.key_size_bits() <= MAX_DECRYPTION_MODULUS_BITS);
/// let der: Pkcs8V1Der<'_> = key.as_der()?;
/// let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
/// assert!(DecryptionKey::from_pem(None, &pem).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const MAX_DECRYPTION_MODULUS_BITS: usize = 4096;

/// Enough for a 4096-bit key and its certificate chain.
const MAX_PEM_BYTES: usize = 64 * 1024;
