//! `ValidatedToken` ─▶ `VerifiedToken`: the signature, RFC 7515 §5.2.

use std::fmt;

use crate::{
    NumericDate, TokenError, UnverifiedToken, VerificationKey, VerifiedToken, lifetime::Lifetime,
};

/// A token that passed every check except its signature.
///
/// Its content is not trustworthy yet and its claims cannot be read. It tells which key to look for.
pub struct ValidatedToken<'t> {
    token: &'t UnverifiedToken<'t>,
    lifetime: Lifetime,
}

impl<'t> ValidatedToken<'t> {
    pub(crate) const fn new(token: &'t UnverifiedToken<'t>, lifetime: Lifetime) -> Self {
        Self { token, lifetime }
    }

    /// The `kid`, if the token has one.
    #[must_use]
    pub const fn kid(&self) -> Option<&str> {
        self.token.kid()
    }

    /// When the token claims to have been issued: `iat`, else `nbf`.
    #[must_use]
    pub fn issued_at(&self) -> Option<NumericDate> {
        self.token.issued_at()
    }

    /// Verifies the signature. `key` must belong to the authority whose rules validated the token.
    ///
    /// # Errors
    ///
    /// [`UnsuitableKey`](TokenError::UnsuitableKey) if the key does not fit the token's algorithm,
    /// [`BadSignature`](TokenError::BadSignature) if it did not make the signature.
    pub fn verify(&self, key: &VerificationKey) -> Result<VerifiedToken, TokenError> {
        key.verify(
            self.token.alg(),
            self.token.signing_input(),
            self.token.signature(),
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
