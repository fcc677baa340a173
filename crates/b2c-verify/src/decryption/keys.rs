use super::{DecryptedToken, DecryptionKey, DecryptionKeyError, encrypted_token::EncryptedToken};
use crate::{
    error::{Part, TokenError},
    request::Credentials,
    token::MAX_TOKEN_BYTES,
};

/// The service's decryption keys: the current one, and during a rotation also the next or the previous one.
///
/// 1. `alg` may be RSA-OAEP or RSA-OAEP-256. RSA1_5 is refused: it cannot be implemented safely enough (RFC 8725 §3.2).
/// 2. `enc` may be A128GCM, A256GCM, A128CBC-HS256 or A256CBC-HS512. Compressed content (`zip`) is refused.
/// 3. If the token's `kid` is that of any key, only keys with this `kid` are tried. Otherwise every key is.
///
/// Decryption proves nothing about who made the token, because the encryption key is public. The content must pass every check of a token that was never
/// encrypted, including the signature.
///
/// ```
/// use b2c_verify::{Credentials, DecryptionKey, DecryptionKeys, TokenError};
#[doc = include_str!("../../docs/example_encryption.txt")]
/// # let encrypted = encrypt("header.payload.signature")?;
///
/// let keys = DecryptionKeys::new([DecryptionKey::from_pem(Some("one"), &pem)?])?;
/// let decrypted = keys.decrypt(Credentials::from_bare(encrypted.as_bytes())?)?.ok_or("not encrypted")?;
/// assert_eq!(decrypted.credentials().as_bytes(), b"header.payload.signature");
///
/// // `tampered` has another authentication tag.
/// # let tampered = format!("{}{}", &encrypted[..encrypted.len() - 2], if encrypted.ends_with("AA") { "BA" } else { "AA" });
/// let refused = keys.decrypt(Credentials::from_bare(tampered.as_bytes())?);
/// assert_eq!(refused.unwrap_err(), TokenError::DecryptionFailed);
///
/// let not_encrypted = Credentials::from_bare(b"header.payload.signature")?;
/// assert!(keys.decrypt(not_encrypted)?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct DecryptionKeys(Vec<DecryptionKey>);

impl DecryptionKeys {
    /// A set of at most [`MAX_DECRYPTION_KEYS`] keys.
    ///
    /// # Errors
    ///
    /// [`TooMany`](DecryptionKeyError::TooMany).
    pub fn new(keys: impl IntoIterator<Item = DecryptionKey>) -> Result<Self, DecryptionKeyError> {
        let keys: Vec<_> = keys.into_iter().take(MAX_DECRYPTION_KEYS + 1).collect();
        if keys.len() > MAX_DECRYPTION_KEYS {
            return Err(DecryptionKeyError::TooMany);
        }
        Ok(Self(keys))
    }

    /// Decrypts a token in JWE compact serialization (RFC 7516 §3.1). `None` if it is not encrypted or there are no keys.
    ///
    /// # Errors
    ///
    /// Before a key is used: [`TooLarge`](TokenError::TooLarge), [`Malformed`](TokenError::Malformed), [`DuplicateMember`](TokenError::DuplicateMember),
    /// [`UnsupportedAlgorithm`](TokenError::UnsupportedAlgorithm), [`CriticalHeader`](TokenError::CriticalHeader) or
    /// [`UnsupportedType`](TokenError::UnsupportedType). After that: [`DecryptionFailed`](TokenError::DecryptionFailed) whatever the reason, or
    /// `Malformed` if the decrypted content is empty.
    pub fn decrypt(
        &self,
        credentials: Credentials<'_>,
    ) -> Result<Option<DecryptedToken>, TokenError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let text = credentials.as_bytes();
        if text.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLarge);
        }
        let Some(token) = EncryptedToken::parse(text) else {
            return Ok(None);
        };
        let token = token?;
        let content = self.fitting(token.kid.as_deref()).find_map(|key| {
            let length = token.encryption.key_bytes();
            let content_key =
                token
                    .management
                    .content_key(&key.key, &token.encrypted_key, length)?;
            token.encryption.open(&content_key, token.sealed())
        });
        let content = content.ok_or(TokenError::DecryptionFailed)?;
        let token = DecryptedToken::new(content);
        Ok(Some(token.ok_or(TokenError::Malformed(Part::Shape))?))
    }

    /// The keys with this id, or all keys if none has it.
    fn fitting<'k>(&'k self, kid: Option<&'k str>) -> impl Iterator<Item = &'k DecryptionKey> {
        let is_named = move |key: &DecryptionKey| kid.is_some() && key.kid() == kid;
        let only_named = self.0.iter().any(is_named);
        self.0
            .iter()
            .filter(move |key| !only_named || is_named(key))
    }
}

/// The maximum number of decryption keys. A token that names none of them costs one use of each, and anyone can send such tokens.
///
/// ```
#[doc = include_str!("../../docs/example_encryption.txt")]
/// use b2c_verify::{DecryptionKey, DecryptionKeyError, DecryptionKeys, MAX_DECRYPTION_KEYS};
///
/// let keys = |count| (0..count).map(|_| DecryptionKey::from_pem(None, &pem)).collect::<Result<Vec<_>, _>>();
/// assert!(DecryptionKeys::new(keys(MAX_DECRYPTION_KEYS)?).is_ok());
///
/// let refused = DecryptionKeys::new(keys(MAX_DECRYPTION_KEYS + 1)?);
/// assert_eq!(refused.unwrap_err(), DecryptionKeyError::TooMany);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const MAX_DECRYPTION_KEYS: usize = 4;
