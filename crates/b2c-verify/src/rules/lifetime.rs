//! When a token is valid, and how old it may be: RFC 7519 §4.1.4 to §4.1.6.
//!
//! A token has expired as soon as the time is `exp` (RFC 7519 §4.1.4). The clock skew extends both ends. An `iat` in the future is accepted, because only
//! `nbf` delays a token's validity. `iat` must be a valid date, but its value matters only if the rules limit the lifetime or the age.

use super::{ExpirationPolicy, TokenRules};
use crate::{
    claims::Lifetime,
    error::{Claim, TokenError},
    numeric_date::NumericDate,
};

impl TokenRules {
    pub(super) fn check_lifetime(
        &self,
        lifetime: Lifetime,
        now: NumericDate,
    ) -> Result<(), TokenError> {
        let skew = self.shared.clock_skew;
        match (lifetime.exp, lifetime.nbf) {
            (None, _) if self.shared.expiration == ExpirationPolicy::Required => {
                Err(TokenError::MissingClaim(Claim::Exp))
            }
            (Some(exp), _) if now >= exp.saturating_add(skew) => Err(TokenError::Expired),
            (_, Some(nbf)) if now.saturating_add(skew) < nbf => Err(TokenError::NotYetValid),
            _ => Ok(()),
        }
    }

    pub(super) fn check_issue(
        &self,
        lifetime: Lifetime,
        issued_at: Option<NumericDate>,
        now: NumericDate,
    ) -> Result<(), TokenError> {
        let issued_at = issued_at.ok_or(TokenError::MissingClaim(Claim::Iat))?;
        if let Some(limit) = self.shared.max_lifetime {
            let exp = lifetime.exp.ok_or(TokenError::MissingClaim(Claim::Exp))?;
            if exp > issued_at.saturating_add(limit) {
                return Err(TokenError::LifetimeTooLong);
            }
        }
        let skew = self.shared.clock_skew;
        match self.shared.max_age {
            Some(limit) if now >= issued_at.saturating_add(limit).saturating_add(skew) => {
                Err(TokenError::TooOld)
            }
            _ => Ok(()),
        }
    }
}
