//! The reasons for refusing a token.

use std::fmt;

/// Why a token is refused. The reason lies in the token, judged by the rules at the given time, never in something that is unavailable. The message quotes
/// nothing from the token.
///
/// The variants are roughly in the order of the checks: of two errors, the one that compares as greater (`Ord`) usually comes from a later check.
///
/// ```
/// use b2c_verify::{Claim, TokenError};
///
/// assert_eq!(TokenError::MissingClaim(Claim::Exp).to_string(), "the token has no `exp`");
/// assert_eq!(TokenError::MissingClaim(Claim::Exp).as_str(), "missing_exp");
///
/// // The signature is checked last.
/// assert!(TokenError::UnknownIssuer < TokenError::BadSignature);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It has more than [`MAX_TOKEN_BYTES`](crate::MAX_TOKEN_BYTES).
    #[error("the token is too large")]
    TooLarge,
    /// A part violates RFC 7515 §3.1, RFC 7516 §3.1 or RFC 7519 §3, or exceeds a limit such as [`MAX_CLAIMS`](crate::MAX_CLAIMS) or
    /// [`MAX_NESTING`](crate::MAX_NESTING).
    #[error("the token's {0} is malformed")]
    Malformed(Part),
    /// It is encrypted (RFC 7516 §3.1) and no decryption key is configured, or its decrypted content is encrypted again.
    #[error("the token is encrypted")]
    Encrypted,
    /// `alg` is missing, unknown, `none`, or not one of the allowed algorithms (RFC 8725 §3.1); or `enc` of an encrypted token is missing or unsupported.
    #[error("the token's algorithm is not allowed")]
    UnsupportedAlgorithm,
    /// The header has `crit` (RFC 7515 §4.1.11) or `b64` (RFC 7797). No header extension is supported.
    #[error("the token has a critical header")]
    CriticalHeader,
    /// `typ` is not a JWT's (RFC 8725 §3.11), there is a `zip`, or `cty` is wrong: it is JWT in a signed token, or something other than JWT in an encrypted
    /// one.
    #[error("the token's type is not supported")]
    UnsupportedType,
    /// The header or the payload has two members of the same name (RFC 7515 §4, RFC 7519 §4). Objects inside them are not checked.
    #[error("the token's {0} has a duplicate member")]
    DuplicateMember(Part),
    /// No key decrypts it. The error does not tell which step failed, because an attacker could use that (RFC 7516 §11.5).
    #[error("the token cannot be decrypted")]
    DecryptionFailed,
    /// A required claim is missing.
    #[error("the token has no `{0}`")]
    MissingClaim(Claim),
    /// A claim has a type or a value that RFC 7519 §4.1 does not allow, or is a date before 1970 or after the year 9999.
    #[error("the token's `{0}` is invalid")]
    InvalidClaim(Claim),
    /// No authority has exactly this issuer.
    #[error("the token's issuer is not accepted")]
    UnknownIssuer,
    /// No authority with this issuer has any of these audiences.
    #[error("the token is for another audience")]
    WrongAudience,
    /// `exp` is in the past.
    #[error("the token has expired")]
    Expired,
    /// `nbf` is in the future.
    #[error("the token is not yet valid")]
    NotYetValid,
    /// Its lifetime exceeds [`max_lifetime`](crate::TokenRules::max_lifetime).
    #[error("the token's lifetime is too long")]
    LifetimeTooLong,
    /// Its age exceeds [`max_age`](crate::TokenRules::max_age).
    #[error("the token was issued too long ago")]
    TooOld,
    /// It does not name the application it was issued to, or names one that [`clients`](crate::TokenRules::clients) does not list.
    #[error("the token was not issued to an accepted client")]
    ForeignClient,
    /// Its `tid` is not the [`tenant_id`](crate::TokenRules::tenant_id) of the rules, or, if they accept [any tenant](crate::TokenRules::any_tenant), it is
    /// missing or not the tenant that `iss` names.
    #[error("the token's `tid` is not its issuer's tenant")]
    WrongTenant,
    /// It is bound to a key (`cnf`, RFC 7800), so possession of the token alone must not be enough. This crate does not check proofs of possession (RFC 8705,
    /// RFC 9449).
    #[error("the token is bound to a key, but was sent as a bearer token")]
    KeyBound,
    /// It has neither `scp` nor `roles`, like most ID tokens, but the rules [accept](crate::TokenRules::accept) only access tokens.
    #[error("the token is not an access token: it has neither `scp` nor `roles`")]
    NotAccessToken,
    /// It has no `kid`, so no key can be chosen. `b2c-verify` never returns it; it is for the caller that chooses the key, such as the layer.
    #[error("the token has no `kid`")]
    MissingKeyId,
    /// No authority that accepts this token has its key. `b2c-verify` never returns it; it is for the caller that chooses the key, such as the layer.
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// The key is published for a tenant other than the token's. Only rules that accept [any tenant](crate::TokenRules::any_tenant) look at this.
    #[error("the key is another tenant's")]
    ForeignKey,
    /// The key may not be used with the token's algorithm.
    #[error("the key does not suit the token's algorithm")]
    UnsuitableKey,
    /// The signature was not made with this key.
    #[error("the token's signature is not valid")]
    BadSignature,
}

impl TokenError {
    /// A stable name in snake case, for logs and metrics.
    ///
    /// ```
    /// use b2c_verify::{Claim, TokenError};
    ///
    /// assert_eq!(TokenError::InvalidClaim(Claim::Exp).as_str(), "invalid_exp");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed(Part::Shape) => "malformed_shape",
            Self::Malformed(Part::Header) => "malformed_header",
            Self::Malformed(Part::Claims) => "malformed_claims",
            Self::Malformed(Part::Signature) => "malformed_signature",
            Self::Malformed(Part::Encryption) => "malformed_encryption",
            Self::Encrypted => "encrypted",
            Self::UnsupportedAlgorithm => "unsupported_algorithm",
            Self::CriticalHeader => "critical_header",
            Self::UnsupportedType => "unsupported_type",
            Self::DuplicateMember(Part::Header) => "duplicate_header",
            Self::DuplicateMember(_) => "duplicate_claim",
            Self::DecryptionFailed => "decryption_failed",
            Self::MissingClaim(Claim::Iss) => "missing_iss",
            Self::MissingClaim(Claim::Aud) => "missing_aud",
            Self::MissingClaim(Claim::Exp) => "missing_exp",
            Self::MissingClaim(Claim::Nbf) => "missing_nbf",
            Self::MissingClaim(Claim::Iat) => "missing_iat",
            Self::InvalidClaim(Claim::Iss) => "invalid_iss",
            Self::InvalidClaim(Claim::Aud) => "invalid_aud",
            Self::InvalidClaim(Claim::Exp) => "invalid_exp",
            Self::InvalidClaim(Claim::Nbf) => "invalid_nbf",
            Self::InvalidClaim(Claim::Iat) => "invalid_iat",
            Self::UnknownIssuer => "unknown_issuer",
            Self::WrongAudience => "wrong_audience",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::LifetimeTooLong => "lifetime_too_long",
            Self::TooOld => "too_old",
            Self::ForeignClient => "foreign_client",
            Self::WrongTenant => "wrong_tenant",
            Self::KeyBound => "key_bound",
            Self::NotAccessToken => "not_access_token",
            Self::MissingKeyId => "missing_key_id",
            Self::UnknownKey => "unknown_key",
            Self::ForeignKey => "foreign_key",
            Self::UnsuitableKey => "unsuitable_key",
            Self::BadSignature => "bad_signature",
        }
    }
}

/// A part of a token, in a refusal (RFC 7515 §3.1, RFC 7516 §3.1).
///
/// ```
#[doc = include_str!("../docs/example_tokens.txt")]
/// use b2c_verify::{Part, Scratch, TokenError};
///
/// let mut scratch = Scratch::default();
/// # let token = signed(r#"{"iss":"joe"}"#);
/// assert!(parsed(&token, &mut scratch).is_ok());
///
/// // The signature has an impossible length.
/// let refused = parsed(&format!("{token}AA"), &mut scratch).map(drop);
/// assert_eq!(refused, Err(TokenError::Malformed(Part::Signature)));
///
/// let refused = parsed("not-a-token", &mut scratch).map(drop);
/// assert_eq!(refused, Err(TokenError::Malformed(Part::Shape)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The token as a whole: three non-empty parts separated by dots or, if it is encrypted, five parts with a non-empty header.
    Shape,
    /// The JOSE header.
    Header,
    /// The claims, the payload.
    Claims,
    /// The signature.
    Signature,
    /// A part of an encrypted token after its header (RFC 7516 §3.1).
    Encryption,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "shape",
            Self::Header => "header",
            Self::Claims => "payload",
            Self::Signature => "signature",
            Self::Encryption => "encrypted part",
        })
    }
}

/// A claim that is checked before the signature (RFC 7519 §4.1).
///
/// ```
#[doc = include_str!("../docs/example_tokens.txt")]
/// use b2c_verify::{Claim, NumericDate, Scratch, TokenError};
///
/// # let admit = |claims: &str| -> Result<(), TokenError> {
/// #     rules().admit(&parsed(&signed(claims), &mut Scratch::default())?, NumericDate::from_secs(1000))
/// # };
/// assert_eq!(admit(r#"{"aud":"my-api","exp":2000,"scp":"tasks.read"}"#), Ok(()));
///
/// assert_eq!(admit(r#"{"aud":"my-api","exp":"2000","scp":"tasks.read"}"#), Err(TokenError::InvalidClaim(Claim::Exp)));
/// assert_eq!(admit(r#"{"exp":2000,"scp":"tasks.read"}"#), Err(TokenError::MissingClaim(Claim::Aud)));
/// assert_eq!(Claim::Aud.as_str(), "aud");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Claim {
    /// Issuer.
    Iss,
    /// Audience.
    Aud,
    /// Expiration time.
    Exp,
    /// Not before.
    Nbf,
    /// Issued at.
    Iat,
}

impl Claim {
    /// The name in the token.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iss => "iss",
            Self::Aud => "aud",
            Self::Exp => "exp",
            Self::Nbf => "nbf",
            Self::Iat => "iat",
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
