use std::fmt;

use crate::json::JsonObject;

/// Reusable buffers for parsing one token at a time.
///
/// Reuse avoids every allocation that grows with the token, unless its JSON has escapes, nested values or more than 32 members. B2C's tokens have hardly
/// any of these.
///
/// The buffers keep the last token's content until [`clear`](Self::clear) or the next token. Clearing does not overwrite the bytes: the request's own copy of
/// the token is not overwritten either.
///
/// ```
/// use b2c_verify::{Algorithm, AlgorithmSet, Credentials, Scratch, UnverifiedToken};
///
/// # let tokens = ["eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJvbmUifQ.AA", "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ0d28ifQ.AA"];
/// let mut scratch = Scratch::default();
/// for (token, issuer) in tokens.into_iter().zip(["one", "two"]) {
///     let credentials = Credentials::from_bare(token.as_bytes())?;
///     let token = UnverifiedToken::parse(credentials, AlgorithmSet::new([Algorithm::HS256]), &mut scratch)?;
///     assert_eq!(token.issuer(), Ok(issuer));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Scratch {
    pub(super) header: JsonObject,
    pub(super) claims: JsonObject,
    pub(super) signature: Vec<u8>,
}

impl Scratch {
    /// Empties the buffers but keeps their memory.
    pub fn clear(&mut self) {
        self.header.clear();
        self.claims.clear();
        self.signature.clear();
    }

    /// Whether the buffers hold nothing of a token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.header.is_empty() && self.claims.is_empty() && self.signature.is_empty()
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch").finish_non_exhaustive()
    }
}
