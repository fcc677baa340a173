//! `exp`, `nbf` and `iat` ─▶ `Lifetime`: RFC 7519 §4.1.

use crate::{
    error::{Claim, TokenError},
    json::Members,
    numeric_date::NumericDate,
};

/// When a token is valid. It is parsed once and checked on every request with the token.
#[derive(Clone, Copy)]
pub(crate) struct Lifetime {
    pub(crate) exp: Option<NumericDate>,
    pub(crate) nbf: Option<NumericDate>,
}

impl Lifetime {
    pub(crate) fn read(claims: Members<'_>) -> Result<Self, TokenError> {
        let exp = date(claims, Claim::Exp)?;
        let nbf = date(claims, Claim::Nbf)?;
        // A future `iat` is not refused: if our clock is behind, that is not the client's fault. The claim that delays a token's validity is `nbf`.
        date(claims, Claim::Iat)?;
        Ok(Self { exp, nbf })
    }
}

/// An invalid date is refused even if the claim is optional: the issuer meant to set one.
pub(crate) fn date(claims: Members<'_>, claim: Claim) -> Result<Option<NumericDate>, TokenError> {
    let value = claims.get(claim.as_str());
    value
        .map(|value| NumericDate::from_json(value.raw()).ok_or(TokenError::InvalidClaim(claim)))
        .transpose()
}
