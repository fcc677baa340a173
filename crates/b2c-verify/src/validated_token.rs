//! `ValidatedToken` ─▶ `VerifiedToken`: the signature, RFC 7515 §5.2.

use std::fmt;

use crate::{
    MAX_SIGNATURE_BYTES, NumericDate, Part, TokenError, UnverifiedToken, VerificationKey,
    VerifiedToken, base64url, lifetime::Lifetime,
};

/// A token that passed every check except its signature.
///
/// Nothing in it can be believed yet, and none of its claims can be read. It says which key to look for.
pub struct ValidatedToken<'t> {
    token: &'t UnverifiedToken<'t>,
    lifetime: Lifetime,
    signature: Signature,
}

impl<'t> ValidatedToken<'t> {
    pub(crate) fn new(
        token: &'t UnverifiedToken<'t>,
        lifetime: Lifetime,
    ) -> Result<Self, TokenError> {
        Ok(Self {
            token,
            lifetime,
            signature: Signature::decode(token.signature())?,
        })
    }

    /// The id of the key, if the token names one.
    #[must_use]
    pub const fn kid(&self) -> Option<&str> {
        self.token.kid()
    }

    /// When the token says it was issued: `iat`, else `nbf`.
    #[must_use]
    pub fn issued_at(&self) -> Option<NumericDate> {
        let read = |name| NumericDate::from_json(self.token.claims().get(name)?.raw());
        read("iat").or_else(|| read("nbf"))
    }

    /// Verifies the signature. `key` must belong to the authority whose rules the token was validated by.
    ///
    /// # Errors
    ///
    /// [`UnsuitableKey`](TokenError::UnsuitableKey) if the key is not one for the token's algorithm, and
    /// [`BadSignature`](TokenError::BadSignature) if it did not make the signature.
    pub fn verify(&self, key: &VerificationKey) -> Result<VerifiedToken, TokenError> {
        key.verify(
            self.token.alg(),
            self.token.signing_input(),
            self.signature.as_bytes(),
        )?;
        Ok(VerifiedToken::from_verified(
            self.token.object(),
            self.lifetime,
        ))
    }
}

impl fmt::Debug for ValidatedToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidatedToken")
            .field("token", self.token)
            .finish_non_exhaustive()
    }
}

/// A decoded signature, on the stack.
struct Signature {
    bytes: [u8; MAX_SIGNATURE_BYTES],
    length: usize,
}

impl Signature {
    fn decode(text: &[u8]) -> Result<Self, TokenError> {
        let mut bytes = [0; MAX_SIGNATURE_BYTES];
        let length = base64url::decode_slice(text, &mut bytes)
            .map_err(|_| TokenError::Malformed(Part::Signature))?;
        Ok(Self { bytes, length })
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}
