/// Why a request has no usable bearer token. No token has been parsed yet.
///
/// ```
/// use b2c_verify::{Credentials, CredentialsError};
///
/// let one = b"Bearer abc.def.ghi".as_slice();
/// assert!(Credentials::from_authorization([one]).is_ok());
///
/// let refused = Credentials::from_authorization([one, one]).unwrap_err();
/// assert_eq!(refused, CredentialsError::Repeated);
/// assert_eq!(refused.as_str(), "repeated_credentials");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The token's header, query parameter or cookie is missing, or the scheme in `Authorization` is not `Bearer`.
    #[error("no bearer token in the request")]
    Missing,
    /// The token's header, query parameter or cookie is empty, or `Authorization` ends after the scheme.
    #[error("the credentials are empty")]
    Empty,
    /// The token's header, query parameter or cookie occurs more than once.
    #[error("the request has more than one token")]
    Repeated,
    /// The token has a character that `b64token` does not allow, such as a space, a comma, a control character or a non-ASCII character.
    #[error("the credentials contain a character that a bearer token cannot have")]
    InvalidCharacter,
}

impl CredentialsError {
    /// A stable name in snake case, for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing_credentials",
            Self::Empty => "empty_credentials",
            Self::Repeated => "repeated_credentials",
            Self::InvalidCharacter => "invalid_character",
        }
    }
}
