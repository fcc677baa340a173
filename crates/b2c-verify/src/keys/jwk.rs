//! Entry of a key set ─▶ `VerificationKey`: RFC 7517 §4, RFC 7518 §6.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters, Jwk,
    KeyOperations, PublicKeyUse,
};

use super::{
    Algorithm, AlgorithmSet, KeyError, KeyPool, MAX_KID_BYTES, SkipReason, VerificationKey,
};
use crate::json::Members;

/// Parses one entry. `members` are those of `json`, without duplicates.
pub(super) fn read_jwk(
    pool: &KeyPool,
    json: &str,
    members: Members<'_>,
    algorithms: AlgorithmSet,
) -> Result<VerificationKey, SkipReason> {
    match text(members, "kty").ok_or(SkipReason::Malformed)? {
        "RSA" | "EC" => {}
        "oct" => return Err(SkipReason::Symmetric),
        _ => return Err(SkipReason::UnsupportedType),
    }
    // `Jwk` ignores private members, so they are looked for here.
    if PRIVATE_MEMBERS
        .iter()
        .any(|name| members.get(name).is_some())
    {
        return Err(SkipReason::Private);
    }
    // `Jwk` reads null as absent, and an absent `use` or `alg` restricts nothing.
    let is_null = |name| members.get(name).is_some_and(|value| value.raw() == "null");
    if members.names().any(is_null) {
        return Err(SkipReason::Malformed);
    }
    let jwk: Jwk = serde_json::from_str(json).map_err(|_| SkipReason::Malformed)?;
    let kid = usable_kid(&jwk.common)?;
    let algorithms = allowed(&jwk.common, algorithms)?;
    let key = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => {
            let n = number(&rsa.n).ok_or(SkipReason::Modulus)?;
            let e = number(&rsa.e).ok_or(SkipReason::Exponent)?;
            VerificationKey::rsa_in(pool, Some(kid), &n, &e, algorithms)
        }
        AlgorithmParameters::EllipticCurve(point) => {
            let (x, y) = coordinates(point).ok_or(SkipReason::Point)?;
            VerificationKey::ec_in(pool, Some(kid), &x, &y, algorithms)
        }
        // A required member is missing or has another type.
        _ if text(members, "kty") == Some("EC") => return Err(SkipReason::Point),
        _ if text(members, "n").is_none() => return Err(SkipReason::Modulus),
        _ => return Err(SkipReason::Exponent),
    };
    // A value that is not a string names no tenant, but still counts as present.
    let issuer = members.get("issuer");
    let issuer = issuer.map(|issuer| issuer.text().unwrap_or(issuer.raw()));
    let key = key.map(|key| key.with_issuer(issuer));
    key.map_err(|error| match error {
        KeyError::Modulus => SkipReason::Modulus,
        KeyError::Exponent => SkipReason::Exponent,
        KeyError::Point => SkipReason::Point,
        KeyError::KeyId => SkipReason::KeyIdTooLong,
        KeyError::SecretTooShort => SkipReason::Symmetric,
        // PEM errors do not occur here: nothing in a set is PEM.
        KeyError::NoAlgorithm | KeyError::Pem | KeyError::Private | KeyError::Der => {
            SkipReason::Algorithm
        }
    })
}

/// The key's id, if the key is for verifying (RFC 7517 §4.2, §4.3).
fn usable_kid(common: &CommonParameters) -> Result<&str, SkipReason> {
    if !matches!(common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return Err(SkipReason::NotForSignatures);
    }
    if let Some(operations) = &common.key_operations
        && !operations.contains(&KeyOperations::Verify)
    {
        return Err(SkipReason::NotForVerifying);
    }
    match common.key_id.as_deref() {
        None | Some("") => Err(SkipReason::MissingKeyId),
        Some(kid) if kid.len() > MAX_KID_BYTES => Err(SkipReason::KeyIdTooLong),
        Some(kid) => Ok(kid),
    }
}

/// The entry's own `alg`, or, without one, all allowed algorithms.
fn allowed(
    common: &CommonParameters,
    algorithms: AlgorithmSet,
) -> Result<AlgorithmSet, SkipReason> {
    let Some(alg) = common.key_algorithm else {
        return Ok(algorithms);
    };
    match alg.to_string().parse::<Algorithm>() {
        Ok(alg) if algorithms.contains(alg) => Ok(AlgorithmSet::new([alg])),
        _ => Err(SkipReason::Algorithm),
    }
}

/// The coordinates, if both have the full length for their curve (RFC 7518 §6.2.1).
fn coordinates(point: &EllipticCurveKeyParameters) -> Option<(Vec<u8>, Vec<u8>)> {
    let length = match point.curve {
        EllipticCurve::P256 => 32,
        EllipticCurve::P384 => 48,
        _ => return None,
    };
    let (x, y) = (number(&point.x)?, number(&point.y)?);
    (x.len() == length && y.len() == length).then_some((x, y))
}

fn number(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_NUMBER_CHARS {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The value of a string member.
pub(super) fn text<'a>(jwk: Members<'a>, name: &str) -> Option<&'a str> {
    jwk.get(name)?.text()
}

/// More base64url than a modulus of 8192 bits needs, even with a leading zero.
const MAX_NUMBER_CHARS: usize = 1400;

/// RFC 7518 §6.2.2, §6.3.2 and §6.4.1.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
