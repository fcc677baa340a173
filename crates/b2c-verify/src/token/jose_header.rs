//! JSON ─▶ `JoseHeader`: RFC 7515 §4.1.
//!
//! | member | rule |
//! |---|---|
//! | `alg` | required; the caller's list decides which are allowed (RFC 8725 §3.1) |
//! | `kid` | optional; 1 to [`MAX_KID_BYTES`] bytes |
//! | `typ` | absent, `JWT` or `at+jwt`, in any letter case (RFC 8725 §3.11, RFC 9068 §2.1) |
//! | `crit`, `b64` | refused: no extension is supported (RFC 7515 §4.1.11, RFC 7797) |
//! | `cty` of a nested token, `zip` | refused |
//! | `jwk`, `jku`, `x5u`, `x5c` | ignored: a token must not choose the key that verifies it |

use crate::{
    error::{Part, TokenError},
    json::{JsonObject, MAX_NESTING, Members, Value},
    keys::{Algorithm, MAX_KID_BYTES},
};

/// The members of a JOSE header that are used (RFC 7515 §4.1).
#[derive(Clone, Copy)]
pub(super) struct JoseHeader<'a> {
    pub(super) alg: Algorithm,
    pub(super) kid: Option<&'a str>,
}

impl<'a> JoseHeader<'a> {
    pub(super) fn read(header: &'a JsonObject) -> Result<Self, TokenError> {
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
        // `b64` changes what is signed and must be listed in `crit` (RFC 7797 §6). Without `crit`, it is malformed or an attack.
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
        // The payload of a nested token (RFC 7519 §5.2) is another token, not claims. `zip` belongs to encrypted tokens (RFC 7516 §4.1.3).
        if header.get("cty").is_some_and(|cty| is(cty, &["jwt"])) || header.get("zip").is_some() {
            return Err(TokenError::UnsupportedType);
        }
        let kid = key_id(header)?;
        Ok(Self { alg, kid })
    }
}

/// `kid`, if present.
pub(crate) fn key_id<'a>(header: Members<'a>) -> Result<Option<&'a str>, TokenError> {
    let Some(kid) = header.get("kid") else {
        return Ok(None);
    };
    match kid.text() {
        Some(kid) if (1..=MAX_KID_BYTES).contains(&kid.len()) => Ok(Some(kid)),
        _ => Err(HEADER),
    }
}

/// Whether `text` is one of these media types. Case-insensitive; the prefix `application/` is optional (RFC 7515 §4.1.9).
pub(crate) fn names_type(text: &str, types: &[&str]) -> bool {
    let short = match text.split_at_checked(APPLICATION.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(APPLICATION) => rest,
        _ => text,
    };
    types
        .iter()
        .any(|candidate| short.eq_ignore_ascii_case(candidate))
}

const APPLICATION: &str = "application/";
const HEADER: TokenError = TokenError::Malformed(Part::Header);
