use std::fmt;

use zeroize::Zeroizing;

use crate::request::Credentials;

/// The content of an encrypted token, which should be a signed token (RFC 7519 §5.2). Nothing about it has been checked.
///
/// `Debug` shows only its length. Dropping it overwrites the content.
///
/// ```
#[doc = include_str!("../../docs/example_encryption.txt")]
/// use b2c_verify::{AlgorithmSet, Credentials, DecryptionKey, DecryptionKeys, Part, Scratch, TokenError, UnverifiedToken};
///
/// let keys = DecryptionKeys::new([DecryptionKey::from_pem(None, &pem)?])?;
/// # let signed = format!("{}.{}.AA", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#), URL_SAFE_NO_PAD.encode(r#"{"iss":"joe"}"#));
/// # let (encrypted, encrypted_text) = (encrypt(&signed)?, encrypt("just a text")?);
/// let mut scratch = Scratch::default();
/// let decrypted = keys.decrypt(Credentials::from_bare(encrypted.as_bytes())?)?.ok_or("not encrypted")?;
/// let parsed = UnverifiedToken::parse(decrypted.credentials(), AlgorithmSet::RS256, &mut scratch)?;
/// assert_eq!(parsed.issuer(), Ok("joe"));
///
/// // Anybody can encrypt with the public key, so this decrypts too. It is refused afterwards.
/// let decrypted = keys.decrypt(Credentials::from_bare(encrypted_text.as_bytes())?)?.ok_or("not encrypted")?;
/// let refused = UnverifiedToken::parse(decrypted.credentials(), AlgorithmSet::RS256, &mut scratch);
/// assert_eq!(refused.unwrap_err(), TokenError::Malformed(Part::Shape));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DecryptedToken(Zeroizing<Vec<u8>>);

impl DecryptedToken {
    /// `None` if it is empty.
    pub(super) fn new(content: Zeroizing<Vec<u8>>) -> Option<Self> {
        (!content.is_empty()).then_some(Self(content))
    }

    /// The credentials to verify in place of the encrypted token.
    #[must_use]
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials(&self.0)
    }
}

impl fmt::Debug for DecryptedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptedToken(<{} bytes>)", self.0.len())
    }
}
