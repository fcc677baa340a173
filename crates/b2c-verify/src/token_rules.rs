//! The rules for the tokens of one authority: RFC 7519 §4.1, RFC 8725 §3.

use std::time::Duration;

use crate::{
    AlgorithmSet, Audiences, Claim, NumericDate, TokenError, UnverifiedToken, ValidatedToken,
    VerifiedToken, json::Content, lifetime::Lifetime,
};

/// What one authority's tokens must satisfy: audience, algorithm and lifetime.
///
/// The issuer is not one of the rules: the caller finds the authority by the token's issuer and passes that issuer to
/// [`validate`](Self::validate).
#[derive(Clone, Debug)]
pub struct TokenRules {
    audiences: Audiences,
    algorithms: AlgorithmSet,
    clock_skew: Duration,
    expiration: ExpirationPolicy,
}

impl TokenRules {
    /// Accepts RS256 tokens for these audiences, with [60 seconds](DEFAULT_CLOCK_SKEW) of clock skew.
    #[must_use]
    pub const fn new(audiences: Audiences) -> Self {
        Self {
            audiences,
            algorithms: AlgorithmSet::RS256,
            clock_skew: DEFAULT_CLOCK_SKEW,
            expiration: ExpirationPolicy::Required,
        }
    }

    /// Allows only these algorithms.
    #[must_use]
    pub const fn algorithms(mut self, algorithms: AlgorithmSet) -> Self {
        self.algorithms = algorithms;
        self
    }

    /// The allowed algorithms.
    #[must_use]
    pub const fn allowed_algorithms(&self) -> AlgorithmSet {
        self.algorithms
    }

    /// How far the issuer's clock may be off, either way (RFC 7519 §4.1.4).
    #[must_use]
    pub const fn clock_skew(mut self, skew: Duration) -> Self {
        self.clock_skew = skew;
        self
    }

    /// Whether a token must have an `exp`.
    #[must_use]
    pub const fn expiration(mut self, policy: ExpirationPolicy) -> Self {
        self.expiration = policy;
        self
    }

    /// Checks everything except the signature.
    ///
    /// `issuer` is the issuer that the authority is trusted for. B2C signs the user-flow tokens of unrelated tenants with one key, so the
    /// issuer is what keeps tenants apart: it must equal `iss` byte for byte. B2C's `iss` ends with a slash, Entra ID's does not.
    ///
    /// # Errors
    ///
    /// The first check that fails: issuer, algorithm, audience or lifetime.
    pub fn validate<'t>(
        &self,
        token: &'t UnverifiedToken<'_>,
        issuer: &str,
        now: NumericDate,
    ) -> Result<ValidatedToken<'t>, TokenError> {
        if token.issuer()? != issuer {
            return Err(TokenError::UnknownIssuer);
        }
        let lifetime = self.check(token, now)?;
        Ok(ValidatedToken::new(token, lifetime))
    }

    /// Checks everything except the issuer and the signature: whether the token could belong to this authority, whose issuer is not known yet.
    ///
    /// # Errors
    ///
    /// The first check that fails: algorithm, audience or lifetime.
    pub fn admit(&self, token: &UnverifiedToken<'_>, now: NumericDate) -> Result<(), TokenError> {
        self.check(token, now).map(|_lifetime| ())
    }

    fn check(&self, token: &UnverifiedToken<'_>, now: NumericDate) -> Result<Lifetime, TokenError> {
        self.check_recipients(token)?;
        let lifetime = Lifetime::read(token.claims())?;
        self.check_lifetime(lifetime, now)?;
        Ok(lifetime)
    }

    fn check_recipients(&self, token: &UnverifiedToken<'_>) -> Result<(), TokenError> {
        if !self.algorithms.contains(token.alg()) {
            return Err(TokenError::UnsupportedAlgorithm);
        }
        let accepted = match token.claims().get("aud").map(|aud| aud.content()) {
            Some(Content::Text(aud)) => self.audiences.contains(aud),
            Some(Content::Texts(auds)) => {
                self.audiences.is_any() || auds.iter().any(|aud| self.audiences.contains(aud))
            }
            Some(Content::Other) => return Err(TokenError::InvalidClaim(Claim::Aud)),
            None if self.audiences.is_any() => true,
            None => return Err(TokenError::MissingClaim(Claim::Aud)),
        };
        if accepted {
            Ok(())
        } else {
            Err(TokenError::WrongAudience)
        }
    }

    /// Checks the lifetime of a verified token again.
    ///
    /// # Errors
    ///
    /// [`Expired`](TokenError::Expired) or [`NotYetValid`](TokenError::NotYetValid).
    pub fn revalidate_lifetime(
        &self,
        token: &VerifiedToken,
        now: NumericDate,
    ) -> Result<(), TokenError> {
        self.check_lifetime(token.lifetime(), now)
    }

    fn check_lifetime(&self, lifetime: Lifetime, now: NumericDate) -> Result<(), TokenError> {
        match lifetime.exp {
            None if self.expiration == ExpirationPolicy::Required => {
                return Err(TokenError::MissingClaim(Claim::Exp));
            }
            Some(exp) if now >= exp.saturating_add(self.clock_skew) => {
                return Err(TokenError::Expired);
            }
            _ => {}
        }
        if lifetime
            .nbf
            .is_some_and(|nbf| now.saturating_add(self.clock_skew) < nbf)
        {
            return Err(TokenError::NotYetValid);
        }
        Ok(())
    }
}

/// Whether a token without `exp` is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpirationPolicy {
    /// It is.
    #[default]
    Required,
    /// It never expires. An `exp` that is present still counts.
    Optional,
}

/// How far both clocks together may be off: enough for machines with poor NTP, and little compared to a token's hour.
pub const DEFAULT_CLOCK_SKEW: Duration = Duration::from_secs(60);
