//! `exp`, `nbf` and `iat` ─▶ `Lifetime`: RFC 7519 §4.1.

use crate::{Claim, NumericDate, TokenError, json::Members};

/// When a token is valid. Parsed once, because it is checked again whenever a verified token comes back.
#[derive(Clone, Copy)]
pub(crate) struct Lifetime {
    pub(crate) exp: Option<NumericDate>,
    pub(crate) nbf: Option<NumericDate>,
}

impl Lifetime {
    pub(crate) fn read(claims: Members<'_>) -> Result<Self, TokenError> {
        let exp = date(claims, Claim::Exp)?;
        let nbf = date(claims, Claim::Nbf)?;
        // Not compared with anything: a clock that is behind is not the client's fault, and `nbf` exists for the rest.
        date(claims, Claim::Iat)?;
        Ok(Self { exp, nbf })
    }
}

/// An invalid date is refused even where the claim is optional: its issuer meant to set one.
pub(crate) fn date(claims: Members<'_>, claim: Claim) -> Result<Option<NumericDate>, TokenError> {
    let value = claims.get(claim.as_str());
    value
        .map(|value| NumericDate::from_json(value.raw()).ok_or(TokenError::InvalidClaim(claim)))
        .transpose()
}
