//! `Credentials` ─▶ `UnverifiedToken`: RFC 7515 §3.1 and §4, RFC 8725 §3.

use std::fmt;

use memchr::{memchr, memchr_iter, memrchr};

use super::{Scratch, jose_header::JoseHeader};
use crate::{
    base64url,
    error::{Claim, Part, TokenError},
    json::{JsonObject, MAX_MEMBERS, MAX_NESTING, Members},
    keys::{Algorithm, AlgorithmSet},
    numeric_date::NumericDate,
    request::Credentials,
};

/// A token with its header and payload parsed (RFC 7515 §3.1). Nothing in it is trustworthy yet.
///
/// ```
/// use b2c_verify::{Algorithm, AlgorithmSet, Credentials, Scratch, TokenError, UnverifiedToken};
///
/// // The token of RFC 7515 §A.1.
/// let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9\
///     .eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
///     .dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// let credentials = Credentials::from_bare(token.as_bytes())?;
/// let mut scratch = Scratch::default();
///
/// let parsed = UnverifiedToken::parse(credentials, AlgorithmSet::new([Algorithm::HS256]), &mut scratch)?;
/// assert_eq!(parsed.issuer(), Ok("joe"));
/// assert_eq!((parsed.alg(), parsed.kid()), (Algorithm::HS256, None));
///
/// let refused = UnverifiedToken::parse(credentials, AlgorithmSet::RS256, &mut scratch);
/// assert_eq!(refused.unwrap_err(), TokenError::UnsupportedAlgorithm);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct UnverifiedToken<'a> {
    header: JoseHeader<'a>,
    signing_input: &'a [u8],
    claims: &'a JsonObject,
    signature: &'a [u8],
}

impl<'a> UnverifiedToken<'a> {
    /// Parses a token in JWS compact serialization (RFC 7515 §3.1). `algorithms` are those that at least one authority allows (RFC 8725 §3.1).
    ///
    /// 1. The token has at most [`MAX_TOKEN_BYTES`] and three non-empty parts.
    /// 2. The header has an allowed `alg`, no `crit`, and either no `typ` or that of a JWT. Keys and links to keys in it (`jwk`, `jku`, `x5u`, `x5c`)
    ///    are ignored.
    /// 3. The payload is one JSON object with at most [`MAX_CLAIMS`] members, without duplicates, and with values that nest at most [`MAX_NESTING`] levels
    ///    deep.
    /// 4. The signature is Base64url of at most [`MAX_SIGNATURE_BYTES`].
    ///
    /// # Errors
    ///
    /// [`TooLarge`](TokenError::TooLarge), [`Encrypted`](TokenError::Encrypted), [`Malformed`](TokenError::Malformed),
    /// [`DuplicateMember`](TokenError::DuplicateMember), [`UnsupportedAlgorithm`](TokenError::UnsupportedAlgorithm),
    /// [`CriticalHeader`](TokenError::CriticalHeader) or [`UnsupportedType`](TokenError::UnsupportedType).
    pub fn parse(
        credentials: Credentials<'a>,
        algorithms: AlgorithmSet,
        scratch: &'a mut Scratch,
    ) -> Result<Self, TokenError> {
        let token = credentials.as_bytes();
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLarge);
        }
        let (signing_input, signature) = split_at_dot(token, memrchr).ok_or(SHAPE)?;
        let (header, payload) = split_at_dot(signing_input, memchr).ok_or(SHAPE)?;
        if memchr(b'.', payload).is_some() {
            // RFC 7516 §3.1: five parts, of which the encrypted key may be empty.
            let has_five_parts = !header.is_empty() && memchr_iter(b'.', payload).count() == 2;
            return Err(if has_five_parts {
                TokenError::Encrypted
            } else {
                SHAPE
            });
        }
        if header.is_empty() || payload.is_empty() || signature.is_empty() {
            return Err(SHAPE);
        }
        let Scratch {
            header: header_object,
            claims,
            signature: signature_bytes,
        } = scratch;
        header_object
            .decode(header)
            .map_err(|error| error.in_part(Part::Header))?;
        let header = JoseHeader::read(header_object)?;
        if !algorithms.contains(header.alg) {
            return Err(TokenError::UnsupportedAlgorithm);
        }
        claims
            .decode(payload)
            .map_err(|error| error.in_part(Part::Claims))?;
        if claims.nests_deeper_than(MAX_NESTING) {
            return Err(TokenError::Malformed(Part::Claims));
        }
        base64url::decode_at_most(MAX_SIGNATURE_BYTES, signature, signature_bytes)
            .ok_or(TokenError::Malformed(Part::Signature))?;
        Ok(Self {
            header,
            signing_input,
            claims,
            signature: signature_bytes,
        })
    }

    /// `alg`: the algorithm that the token claims to be signed with.
    #[must_use]
    pub const fn alg(&self) -> Algorithm {
        self.header.alg
    }

    /// `kid`: the id of the key that the token claims to be signed with. It is opaque text of 1 to [`MAX_KID_BYTES`](crate::MAX_KID_BYTES) bytes.
    #[must_use]
    pub const fn kid(&self) -> Option<&str> {
        self.header.kid
    }

    /// `iss`: the claimed issuer, by which the caller finds the authority.
    ///
    /// # Errors
    ///
    /// [`MissingClaim`](TokenError::MissingClaim), or [`InvalidClaim`](TokenError::InvalidClaim) if `iss` is not a string.
    pub fn issuer(&self) -> Result<&str, TokenError> {
        let iss = self.claims().get("iss");
        let iss = iss.ok_or(TokenError::MissingClaim(Claim::Iss))?;
        iss.text().ok_or(TokenError::InvalidClaim(Claim::Iss))
    }

    /// When the token claims to have been issued: `iat`, else `nbf`. Anybody may have written it.
    #[must_use]
    pub fn claimed_issue_time(&self) -> Option<NumericDate> {
        let read = |name| NumericDate::from_json(self.claims().get(name)?.raw());
        read("iat").or_else(|| read("nbf"))
    }

    pub(crate) fn claims(&self) -> Members<'_> {
        self.claims.members()
    }

    pub(crate) const fn object(&self) -> &JsonObject {
        self.claims
    }

    pub(crate) const fn signing_input(&self) -> &[u8] {
        self.signing_input
    }

    pub(crate) const fn signature(&self) -> &[u8] {
        self.signature
    }
}

impl fmt::Debug for UnverifiedToken<'_> {
    /// Without the key id and the claims, which are arbitrary text from the client.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedToken")
            .field("alg", &self.alg())
            .finish_non_exhaustive()
    }
}

/// The text before and after a dot, which `find` chooses.
fn split_at_dot(
    text: &[u8],
    find: impl FnOnce(u8, &[u8]) -> Option<usize>,
) -> Option<(&[u8], &[u8])> {
    let (before, rest) = text.split_at_checked(find(b'.', text)?)?;
    let (_, after) = rest.split_first()?;
    Some((before, after))
}

/// The largest token, in bytes. B2C's tokens have 1000 to 3000 bytes, and most servers accept 8 or 16 KiB of headers in total.
///
/// ```
#[doc = include_str!("../../docs/example_tokens.txt")]
/// use b2c_verify::{MAX_TOKEN_BYTES, Part, Scratch, TokenError};
///
/// let mut scratch = Scratch::default();
/// # let token = signed(r#"{"iss":"joe"}"#);
/// assert!(parsed(&token, &mut scratch).is_ok());
///
/// let longest = "a".repeat(MAX_TOKEN_BYTES);
/// assert_eq!(parsed(&longest, &mut scratch).map(drop), Err(TokenError::Malformed(Part::Shape)));
/// let longer = "a".repeat(MAX_TOKEN_BYTES + 1);
/// assert_eq!(parsed(&longer, &mut scratch).map(drop), Err(TokenError::TooLarge));
/// ```
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The longest signature, in bytes: that of an 8192-bit RSA key.
///
/// ```
#[doc = include_str!("../../docs/example_tokens.txt")]
/// use b2c_verify::{MAX_SIGNATURE_BYTES, Part, Scratch, TokenError};
/// use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
///
/// # let token = signed(r#"{"iss":"joe"}"#);
/// # let (signing_input, _) = token.rsplit_once('.').expect("two dots");
/// let mut scratch = Scratch::default();
/// let token = |length| format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(vec![7; length]));
/// assert!(parsed(&token(MAX_SIGNATURE_BYTES), &mut scratch).is_ok());
///
/// let refused = parsed(&token(MAX_SIGNATURE_BYTES + 1), &mut scratch).map(drop);
/// assert_eq!(refused, Err(TokenError::Malformed(Part::Signature)));
/// ```
pub const MAX_SIGNATURE_BYTES: usize = 1024;

/// The most claims in a token.
///
/// ```
#[doc = include_str!("../../docs/example_tokens.txt")]
/// use b2c_verify::{MAX_CLAIMS, Part, Scratch, TokenError};
///
/// # let mut scratch = Scratch::default();
/// let mut parse = |count: usize| {
///     let claims: Vec<_> = (0..count).map(|at| format!(r#""claim{at}":0"#)).collect();
///     parsed(&signed(&format!("{{{}}}", claims.join(","))), &mut scratch).map(drop)
/// };
/// assert_eq!(parse(MAX_CLAIMS), Ok(()));
/// assert_eq!(parse(MAX_CLAIMS + 1), Err(TokenError::Malformed(Part::Claims)));
/// ```
pub const MAX_CLAIMS: usize = MAX_MEMBERS;

const SHAPE: TokenError = TokenError::Malformed(Part::Shape);
