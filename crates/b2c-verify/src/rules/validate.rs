//! `UnverifiedToken` ─▶ `ValidatedToken`: the order of the checks.

use std::sync::Arc;

use super::{TokenRules, ValidatedToken};
use crate::{
    claims::{Lifetime, VerifiedToken, date},
    error::{Claim, TokenError},
    numeric_date::NumericDate,
    token::UnverifiedToken,
};

impl TokenRules {
    /// Checks everything except the signature.
    ///
    /// `issuer` is the authority's issuer, which must equal `iss` byte for byte. B2C signs the user-flow tokens of unrelated tenants with one
    /// key, so only the issuer tells those tenants apart. B2C's issuers end with a slash; Entra ID 2.0's do not.
    ///
    /// # Errors
    ///
    /// The first failed check: the issuer, then the rules in [order](Self).
    pub fn validate<'t>(
        &self,
        token: &'t UnverifiedToken<'_>,
        issuer: &str,
        now: NumericDate,
    ) -> Result<ValidatedToken<'t>, TokenError> {
        if token.issuer()? != issuer {
            return Err(TokenError::UnknownIssuer);
        }
        let tenant = match &self.shared.any_tenant {
            None => None,
            Some(any) => {
                let tenant = any.tenant_of(issuer).ok_or(TokenError::UnknownIssuer)?;
                Some((Arc::clone(any), tenant))
            }
        };
        let lifetime = self.check(token, now)?;
        Ok(ValidatedToken::new(token, lifetime, tenant))
    }

    /// Checks everything except the issuer and the signature, for an authority whose issuer is not known yet.
    ///
    /// # Errors
    ///
    /// The first failed rule, in [order](Self).
    pub fn admit(&self, token: &UnverifiedToken<'_>, now: NumericDate) -> Result<(), TokenError> {
        self.check(token, now).map(|_lifetime| ())
    }

    fn check(&self, token: &UnverifiedToken<'_>, now: NumericDate) -> Result<Lifetime, TokenError> {
        self.check_recipients(token)?;
        let lifetime = Lifetime::read(token.claims())?;
        self.check_lifetime(lifetime, now)?;
        if self.shared.max_lifetime.is_some() || self.shared.max_age.is_some() {
            self.check_issue(lifetime, date(token.claims(), Claim::Iat)?, now)?;
        }
        self.check_client(token)?;
        self.check_tenant(token)?;
        // The issuer bound the token to a key so that a thief cannot use it (RFC 9449 §7.2). So `cnf` must not be ignored, not even with the wrong type.
        if token.claims().get("cnf").is_some() {
            return Err(TokenError::KeyBound);
        }
        self.check_kind(token)?;
        Ok(lifetime)
    }

    /// Checks the lifetime and age of a cached token again.
    ///
    /// ```
    #[doc = include_str!("../../docs/example_tokens.txt")]
    /// use b2c_verify::{NumericDate, TokenError};
    ///
    /// # let token = verified(r#"{"iss":"https://contoso.b2clogin.com/tid/v2.0/","aud":"my-api","exp":2000,"scp":"tasks.read"}"#)?;
    /// # let rules = rules();
    /// // `token` has been verified, and expires at 2000.
    /// assert_eq!(rules.revalidate_lifetime(&token, NumericDate::from_secs(1500)), Ok(()));
    /// assert_eq!(rules.revalidate_lifetime(&token, NumericDate::from_secs(2500)), Err(TokenError::Expired));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`validate`](Self::validate) for [rule 3](Self) and, if the age is limited, for rule 4.
    pub fn revalidate_lifetime(
        &self,
        token: &VerifiedToken,
        now: NumericDate,
    ) -> Result<(), TokenError> {
        self.check_lifetime(token.lifetime(), now)?;
        if self.shared.max_age.is_some() {
            self.check_issue(token.lifetime(), token.issued_at(), now)?;
        }
        Ok(())
    }
}
