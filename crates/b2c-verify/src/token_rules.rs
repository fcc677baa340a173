//! The rules for the tokens of one authority: RFC 7519 §4.1, RFC 8725 §3.

use std::{sync::Arc, time::Duration};

use crate::{
    AcceptedTokens, AlgorithmSet, Audiences, Claim, NumericDate, TokenError, UnverifiedToken,
    ValidatedToken, VerifiedToken,
    json::{Content, Value},
    lifetime::{Lifetime, date},
};

/// What one authority's tokens must satisfy: audience, algorithm, lifetime, client, tenant and kind. A token that is bound to a key (`cnf`, RFC 7800) is always refused.
///
/// The issuer is not one of the rules: the caller finds the authority by the token's issuer and passes that issuer to
/// [`validate`](Self::validate).
///
/// Clones share everything but the tenant: the rules of thousands of authorities mostly differ in nothing else.
#[derive(Clone, Debug)]
pub struct TokenRules {
    shared: Arc<SharedRules>,
    tenant_id: Option<Box<str>>,
}

#[derive(Clone, Debug)]
struct SharedRules {
    audiences: Audiences,
    algorithms: AlgorithmSet,
    clock_skew: Duration,
    expiration: ExpirationPolicy,
    max_lifetime: Option<Duration>,
    max_age: Option<Duration>,
    /// Empty: any.
    clients: Vec<Box<str>>,
    accept: AcceptedTokens,
}

impl TokenRules {
    /// Accepts RS256 access tokens for these audiences, with [60 seconds](DEFAULT_CLOCK_SKEW) of clock skew.
    #[must_use]
    pub fn new(audiences: Audiences) -> Self {
        let shared = SharedRules {
            audiences,
            algorithms: AlgorithmSet::RS256,
            clock_skew: DEFAULT_CLOCK_SKEW,
            expiration: ExpirationPolicy::Required,
            max_lifetime: None,
            max_age: None,
            clients: Vec::new(),
            accept: AcceptedTokens::AccessTokens,
        };
        Self {
            shared: Arc::new(shared),
            tenant_id: None,
        }
    }

    /// Accepts only tokens for these audiences.
    #[must_use]
    pub fn audiences(mut self, audiences: Audiences) -> Self {
        self.change().audiences = audiences;
        self
    }

    /// Allows only these algorithms.
    #[must_use]
    pub fn algorithms(mut self, algorithms: AlgorithmSet) -> Self {
        self.change().algorithms = algorithms;
        self
    }

    /// The allowed algorithms.
    #[must_use]
    pub fn allowed_algorithms(&self) -> AlgorithmSet {
        self.shared.algorithms
    }

    /// How far the issuer's clock may be off, either way (RFC 7519 §4.1.4).
    #[must_use]
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.change().clock_skew = skew;
        self
    }

    /// Whether a token must have an `exp`.
    #[must_use]
    pub fn expiration(mut self, policy: ExpirationPolicy) -> Self {
        self.change().expiration = policy;
        self
    }

    /// Limits a token's lifetime (`exp` minus `iat`). A token without `iat` is then refused.
    ///
    /// A thief who signs with a stolen key cannot make a token that lasts ten years.
    #[must_use]
    pub fn max_lifetime(mut self, limit: Option<Duration>) -> Self {
        self.change().max_lifetime = limit;
        self
    }

    /// Limits how long ago a token was issued (`iat`), within the clock skew. A token without `iat` is then refused.
    #[must_use]
    pub fn max_age(mut self, limit: Option<Duration>) -> Self {
        self.change().max_age = limit;
        self
    }

    /// Accepts only tokens issued to one of these applications (`azp`, else `appid`). An empty list allows every application.
    #[must_use]
    pub fn clients<C: Into<Box<str>>>(mut self, ids: impl IntoIterator<Item = C>) -> Self {
        self.change().clients = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Refuses a token whose `tid` is another one than this. Entra ID and External ID write the tenant into `tid` as well as into `iss`, and applications keep their
    /// users apart by it, so the two must not differ. A token without `tid` passes; B2C's has it from custom policies only, where it may be another service's.
    #[must_use]
    pub fn tenant_id(mut self, id: Option<impl Into<Box<str>>>) -> Self {
        self.tenant_id = id.map(Into::into);
        self
    }

    /// Which kinds of tokens are accepted: [access tokens](AcceptedTokens::AccessTokens) unless said otherwise.
    #[must_use]
    pub fn accept(mut self, tokens: AcceptedTokens) -> Self {
        self.change().accept = tokens;
        self
    }

    /// Checks everything except the signature.
    ///
    /// `issuer` is the issuer that the authority is trusted for. B2C signs the user-flow tokens of unrelated tenants with one key, so the
    /// issuer is what keeps tenants apart: it must equal `iss` byte for byte. B2C's `iss` ends with a slash, Entra ID's does not.
    ///
    /// # Errors
    ///
    /// The first check that fails: issuer, algorithm, audience, lifetime, client, tenant, that the token is bound to no key, or kind.
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
    /// The first check that fails: algorithm, audience, lifetime, client, tenant, that the token is bound to no key, or kind.
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
        // A thief could use it, which is what the issuer meant to prevent (RFC 9449 §7.2). Any value counts, also one of the wrong type.
        if token.claims().get("cnf").is_some() {
            return Err(TokenError::KeyBound);
        }
        self.check_kind(token)?;
        Ok(lifetime)
    }

    fn change(&mut self) -> &mut SharedRules {
        Arc::make_mut(&mut self.shared)
    }

    fn check_kind(&self, token: &UnverifiedToken<'_>) -> Result<(), TokenError> {
        let grants = |name| {
            let content = token.claims().get(name).map(Value::content);
            match content {
                Some(Content::Text(text)) => text.bytes().any(|byte| byte != b' '),
                Some(Content::Texts(texts)) => texts.iter().any(|text| !text.is_empty()),
                Some(Content::Other) | None => false,
            }
        };
        match self.shared.accept {
            AcceptedTokens::DangerAnyTokens => Ok(()),
            AcceptedTokens::AccessTokens if grants("scp") || grants("roles") => Ok(()),
            AcceptedTokens::AccessTokens => Err(TokenError::NotAccessToken),
        }
    }

    fn check_issue(
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
        match self.shared.max_age {
            Some(limit)
                if now
                    >= issued_at
                        .saturating_add(limit)
                        .saturating_add(self.shared.clock_skew) =>
            {
                Err(TokenError::TooOld)
            }
            _ => Ok(()),
        }
    }

    fn check_client(&self, token: &UnverifiedToken<'_>) -> Result<(), TokenError> {
        if self.shared.clients.is_empty() {
            return Ok(());
        }
        let claim = |name| token.claims().get(name).and_then(Value::text);
        let client = claim("azp").or_else(|| claim("appid"));
        if client.is_some_and(|client| self.shared.clients.iter().any(|known| **known == *client)) {
            Ok(())
        } else {
            Err(TokenError::ForeignClient)
        }
    }

    fn check_tenant(&self, token: &UnverifiedToken<'_>) -> Result<(), TokenError> {
        let Some(expected) = &self.tenant_id else {
            return Ok(());
        };
        match token.claims().get("tid") {
            Some(tenant) if tenant.text() != Some(expected) => Err(TokenError::WrongTenant),
            _ => Ok(()),
        }
    }

    fn check_recipients(&self, token: &UnverifiedToken<'_>) -> Result<(), TokenError> {
        if !self.shared.algorithms.contains(token.alg()) {
            return Err(TokenError::UnsupportedAlgorithm);
        }
        let accepted = match token.claims().get("aud").map(|aud| aud.content()) {
            Some(Content::Text(aud)) => self.shared.audiences.contains(aud),
            Some(Content::Texts(auds)) => {
                self.shared.audiences.is_any()
                    || auds.iter().any(|aud| self.shared.audiences.contains(aud))
            }
            Some(Content::Other) => return Err(TokenError::InvalidClaim(Claim::Aud)),
            None if self.shared.audiences.is_any() => true,
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
    /// [`Expired`](TokenError::Expired), [`NotYetValid`](TokenError::NotYetValid) or [`TooOld`](TokenError::TooOld).
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

    fn check_lifetime(&self, lifetime: Lifetime, now: NumericDate) -> Result<(), TokenError> {
        match lifetime.exp {
            None if self.shared.expiration == ExpirationPolicy::Required => {
                return Err(TokenError::MissingClaim(Claim::Exp));
            }
            Some(exp) if now >= exp.saturating_add(self.shared.clock_skew) => {
                return Err(TokenError::Expired);
            }
            _ => {}
        }
        if lifetime
            .nbf
            .is_some_and(|nbf| now.saturating_add(self.shared.clock_skew) < nbf)
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
