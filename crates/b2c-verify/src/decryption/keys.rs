use std::fmt;

use super::{DecryptedToken, DecryptionKey, DecryptionKeyError, encrypted_token::EncryptedToken};
use crate::{Credentials, MAX_TOKEN_BYTES, Part, TokenError};

/// The keys that tokens are encrypted for: the current one, and another while they are exchanged.
///
/// Accepts RSA-OAEP and RSA-OAEP-256 for the key, and A128GCM, A256GCM, A128CBC-HS256 and A256CBC-HS512 for the content. RSA1_5 is none of them: it cannot be
/// decrypted without the risk that an attacker learns from it (RFC 8725 §3.2).
#[derive(Default)]
pub struct DecryptionKeys(Vec<DecryptionKey>);

impl DecryptionKeys {
    /// At most [`MAX_DECRYPTION_KEYS`].
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

    /// Decrypts a token. `None` if it is not encrypted, or if there are no keys.
    ///
    /// If the token names a key of these, that one is tried; otherwise each is, one after the other.
    ///
    /// # Errors
    ///
    /// [`DecryptionFailed`](TokenError::DecryptionFailed), which says no more on purpose; and before any key is used [`TooLarge`](TokenError::TooLarge),
    /// [`Malformed`](TokenError::Malformed), [`DuplicateMember`](TokenError::DuplicateMember), [`UnsupportedAlgorithm`](TokenError::UnsupportedAlgorithm),
    /// [`CriticalHeader`](TokenError::CriticalHeader) or [`UnsupportedType`](TokenError::UnsupportedType), which `zip` causes as well.
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

    /// The keys with this id, or all if none has it.
    fn fitting<'k>(&'k self, kid: Option<&'k str>) -> impl Iterator<Item = &'k DecryptionKey> {
        let is_named = move |key: &DecryptionKey| kid.is_some() && key.kid() == kid;
        let only_named = self.0.iter().any(is_named);
        self.0
            .iter()
            .filter(move |key| !only_named || is_named(key))
    }
}

impl fmt::Debug for DecryptionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DecryptionKeys").field(&self.0).finish()
    }
}

/// How many decryption keys there may be. A token that names none of them costs one use of each, whoever sends it.
pub const MAX_DECRYPTION_KEYS: usize = 4;
