//! `Credentials` ─▶ `UnverifiedToken`: RFC 7515 §3.1 and §4, RFC 8725 §3.

use std::fmt;

use memchr::{memchr, memchr_iter, memrchr};

use crate::{
    Algorithm, Credentials, Part, TokenError, base64url,
    json::{JsonError, JsonObject, MAX_MEMBERS, Value},
};

/// A token in its three parts, with a header that has been read. Nothing in it can be believed.
pub struct UnverifiedToken<'a> {
    header: JoseHeader<'a>,
    signing_input: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
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
    pub fn parse(
        credentials: Credentials<'a>,
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
            header: last_header,
            claims,
            signature: signature_buffer,
        } = scratch;
        Ok(Self {
            header: last_header.read(header)?,
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
        if self.buffers.claims.nests_deeper_than(MAX_NESTING) {
            return Err(TokenError::Malformed(Part::Claims));
        }
        Ok(self.buffers.claims)
    }

    /// Decodes the signature and gives everything away.
    pub(crate) fn into_decoded(self) -> Result<DecodedToken<'a>, TokenError> {
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
        Ok(DecodedToken {
            header: self.header,
            signing_input: self.signing_input,
            claims,
            signature,
        })
    }
}

impl fmt::Debug for UnverifiedToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedToken")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// All that is needed to verify a signature, and what is believed then.
pub(crate) struct DecodedToken<'a> {
    pub(crate) header: JoseHeader<'a>,
    pub(crate) signing_input: &'a [u8],
    pub(crate) claims: &'a JsonObject,
    pub(crate) signature: &'a [u8],
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
        if header.nests_deeper_than(MAX_NESTING) {
            return Err(HEADER);
        }
        let header = header.members();
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
    header: LastHeader,
    claims: JsonObject,
    signature: Vec<u8>,
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch").finish_non_exhaustive()
    }
}

/// The header that was read last. All tokens that were signed with one key have the same.
#[derive(Default)]
struct LastHeader {
    encoded: Vec<u8>,
    object: JsonObject,
    /// What `encoded` says; none until a header was accepted.
    read: Option<(Algorithm, Option<Box<str>>)>,
}

impl LastHeader {
    fn read(&mut self, encoded: &[u8]) -> Result<JoseHeader<'_>, TokenError> {
        if self.read.is_none() || self.encoded != encoded {
            self.object
                .decode(encoded)
                .map_err(|error| in_part(error, Part::Header))?;
            let header = JoseHeader::read(&self.object)?;
            self.encoded.clear();
            self.encoded.extend_from_slice(encoded);
            self.read = Some((header.alg, header.kid.map(Into::into)));
        }
        let (alg, kid) = self.read.as_ref().ok_or(HEADER)?;
        Ok(JoseHeader {
            alg: *alg,
            kid: kid.as_deref(),
        })
    }
}

struct Buffers<'a> {
    claims: &'a mut JsonObject,
    signature: &'a mut Vec<u8>,
}

/// What lies before and after a dot.
fn split_at_dot(
    text: &[u8],
    find: impl FnOnce(u8, &[u8]) -> Option<usize>,
) -> Option<(&[u8], &[u8])> {
    let (before, rest) = text.split_at_checked(find(b'.', text)?)?;
    let (_, after) = rest.split_first()?;
    Some((before, after))
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
