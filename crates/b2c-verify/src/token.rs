//! `BearerToken` ─▶ `UnverifiedToken`: RFC 7515 §3.1 and §4, RFC 8725 §3.

use std::fmt;

use crate::{
    Algorithm, BearerToken, Part, TokenError, base64url,
    json::{JsonError, JsonObject, MAX_MEMBERS, Value},
};

/// A token in its three parts, with a header that has been read. Nothing in it can be believed.
pub struct UnverifiedToken<'a> {
    header: JoseHeader<'a>,
    signing_input: &'a str,
    payload: &'a str,
    signature: &'a str,
    buffers: Buffers<'a>,
}

impl<'a> UnverifiedToken<'a> {
    /// Takes the token apart and reads its JOSE header.
    ///
    /// A token in JWS compact serialization (RFC 7515 §3.1) comes in; its header comes out, its payload is not yet looked at. Keys and
    /// links to keys in the header (`jwk`, `jku`, `x5u`, `x5c`) are ignored.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](TokenError::TooLarge), [`Encrypted`](TokenError::Encrypted), [`Malformed`](TokenError::Malformed),
    /// [`DuplicateMember`](TokenError::DuplicateMember), [`UnsupportedAlgorithm`](TokenError::UnsupportedAlgorithm),
    /// [`CriticalHeader`](TokenError::CriticalHeader) or [`UnsupportedType`](TokenError::UnsupportedType).
    pub fn parse(token: BearerToken<'a>, scratch: &'a mut Scratch) -> Result<Self, TokenError> {
        let token = token.as_str();
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLarge);
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(SHAPE)?;
        let (header, payload) = signing_input.split_once('.').ok_or(SHAPE)?;
        if payload.contains('.') {
            // RFC 7516 §3.1: five parts, of which the encrypted key may be empty.
            let has_five_parts =
                !header.is_empty() && payload.bytes().filter(|&byte| byte == b'.').count() == 2;
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
            header: header_buffer,
            header_text,
            claims,
            signature: signature_buffer,
        } = scratch;
        // All tokens that were signed with one key have the same header.
        if header_text != header {
            header_text.clear();
            header_buffer
                .decode(header)
                .map_err(|error| in_part(error, Part::Header))?;
            header_text.push_str(header);
        }
        Ok(Self {
            header: JoseHeader::read(header_buffer)?,
            signing_input,
            payload,
            signature,
            buffers: Buffers {
                claims,
                signature: signature_buffer,
            },
        })
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &JoseHeader<'a> {
        &self.header
    }

    /// Reads the payload.
    pub(crate) fn read_claims(&mut self) -> Result<&JsonObject, TokenError> {
        self.buffers
            .claims
            .decode(self.payload)
            .map_err(|error| in_part(error, Part::Claims))?;
        if self.buffers.claims.members().nest_deeper_than(MAX_NESTING) {
            return Err(TokenError::Malformed(Part::Claims));
        }
        Ok(self.buffers.claims)
    }

    /// Decodes the signature and gives everything away: header, signing input, claims and signature.
    pub(crate) fn into_parts(
        self,
    ) -> Result<(JoseHeader<'a>, &'a str, &'a JsonObject, &'a [u8]), TokenError> {
        let Buffers { claims, signature } = self.buffers;
        // Four characters hold three bytes; checked first, so that the buffer stays small whatever the token's length.
        if self.signature.len() > MAX_SIGNATURE_BYTES.div_ceil(3) * 4 {
            return Err(TokenError::Malformed(Part::Signature));
        }
        signature.clear();
        base64url::decode(self.signature, signature)
            .map_err(|_| TokenError::Malformed(Part::Signature))?;
        if signature.len() > MAX_SIGNATURE_BYTES {
            return Err(TokenError::Malformed(Part::Signature));
        }
        Ok((self.header, self.signing_input, claims, signature))
    }
}

impl fmt::Debug for UnverifiedToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedToken")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// What is used of a JOSE header (RFC 7515 §4.1).
#[derive(Clone, Copy)]
pub struct JoseHeader<'a> {
    alg: Algorithm,
    kid: Option<&'a str>,
}

impl<'a> JoseHeader<'a> {
    /// The algorithm the token claims to be signed with.
    #[must_use]
    pub const fn alg(&self) -> Algorithm {
        self.alg
    }

    /// The id of the key the token claims to be signed with: 1 to [`MAX_KID_BYTES`] bytes of any text. Opaque.
    #[must_use]
    pub const fn kid(&self) -> Option<&'a str> {
        self.kid
    }

    fn read(header: &'a JsonObject) -> Result<Self, TokenError> {
        let header = header.members();
        if header.nest_deeper_than(MAX_NESTING) {
            return Err(HEADER);
        }
        let alg = header.get("alg").ok_or(TokenError::UnsupportedAlgorithm)?;
        let alg = alg
            .text()
            .ok_or(HEADER)?
            .parse()
            .map_err(|_| TokenError::UnsupportedAlgorithm)?;
        // `b64` changes what is signed and must be listed in `crit` (RFC 7797 §6), so alone it is an attempt at something.
        if header.get("crit").is_some() || header.get("b64").is_some() {
            return Err(TokenError::CriticalHeader);
        }
        let is = |value: Value<'_>, types: &[&str]| {
            value.text().is_some_and(|text| names_type(text, types))
        };
        if header
            .get("typ")
            .is_some_and(|typ| !is(typ, &["jwt", "at+jwt"]))
        {
            return Err(TokenError::UnsupportedType);
        }
        // A nested token (RFC 7519 §5.2) would be another token's claims; `zip` belongs to encrypted tokens (RFC 7516 §4.1.3).
        if header.get("cty").is_some_and(|cty| is(cty, &["jwt"])) || header.get("zip").is_some() {
            return Err(TokenError::UnsupportedType);
        }
        let kid = header
            .get("kid")
            .map(|kid| kid.text().ok_or(HEADER))
            .transpose()?;
        if kid.is_some_and(|kid| kid.is_empty() || kid.len() > MAX_KID_BYTES) {
            return Err(HEADER);
        }
        Ok(Self { alg, kid })
    }
}

impl fmt::Debug for JoseHeader<'_> {
    /// Without the key id, which is whatever a stranger put there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoseHeader")
            .field("alg", &self.alg)
            .finish_non_exhaustive()
    }
}

/// Buffers for one token at a time. Kept from token to token, they make a refusal free of allocations that grow with the token.
///
/// They hold the last token's content until the next one comes.
#[derive(Default)]
pub struct Scratch {
    header: JsonObject,
    /// What `header` was read from; empty if that failed.
    header_text: String,
    claims: JsonObject,
    signature: Vec<u8>,
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch").finish_non_exhaustive()
    }
}

struct Buffers<'a> {
    claims: &'a mut JsonObject,
    signature: &'a mut Vec<u8>,
}

/// Compares media types: without regard to case, `application/` may be left out (RFC 7515 §4.1.9).
fn names_type(text: &str, types: &[&str]) -> bool {
    let short = match text.split_at_checked(APPLICATION.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(APPLICATION) => rest,
        _ => text,
    };
    types
        .iter()
        .any(|candidate| short.eq_ignore_ascii_case(candidate))
}

const fn in_part(error: JsonError, part: Part) -> TokenError {
    match error {
        JsonError::Malformed => TokenError::Malformed(part),
        JsonError::Duplicate => TokenError::DuplicateMember(part),
    }
}

/// The largest token, in bytes. B2C's have one to three thousand; most servers take 8 or 16 KiB of headers in all.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The longest key id, in bytes. B2C's have 43.
pub const MAX_KID_BYTES: usize = 256;

/// The longest signature, in bytes: that of an 8192-bit RSA key.
pub const MAX_SIGNATURE_BYTES: usize = 1024;

/// How many claims a token may have.
pub const MAX_CLAIMS: usize = MAX_MEMBERS;

/// How many arrays and objects may lie within each other in the value of a claim, a header or a key's member.
pub const MAX_NESTING: usize = 32;

const APPLICATION: &str = "application/";
const HEADER: TokenError = TokenError::Malformed(Part::Header);
const SHAPE: TokenError = TokenError::Malformed(Part::Shape);
