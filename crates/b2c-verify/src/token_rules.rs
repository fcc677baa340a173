//! The rules for the tokens of one authority: RFC 7519 §4.1, RFC 8725 §3.

use std::{sync::Arc, time::Duration};

use crate::{
    AcceptedTokens, AlgorithmSet, AnyTenant, Audiences, Claim, NumericDate, TenantId, TokenError,
    UnverifiedToken, ValidatedToken, VerifiedToken,
    json::{Content, Value},
    lifetime::{Lifetime, date},
};

/// The rules for the tokens of one authority (RFC 7519 §4.1, RFC 8725 §3).
///
/// They are checked in this order:
///
/// 1. [`algorithms`](Self::algorithms): `alg` is allowed.
/// 2. The [audiences](Self::new): `aud` contains an accepted one.
/// 3. [`expiration`](Self::expiration) and [`clock_skew`](Self::clock_skew): the token is not expired (`exp`) and already valid (`nbf`).
/// 4. [`max_lifetime`](Self::max_lifetime) and [`max_age`](Self::max_age): the issuer did not make it valid for too long, and it is not too old (`iat`).
/// 5. [`clients`](Self::clients): it was issued to a listed application (`azp`, else `appid`).
/// 6. [`tenant_id`](Self::tenant_id): its `tid`, if any, is the expected one. [`any_tenant`](Self::any_tenant): its `tid` is the tenant that `iss` names.
/// 7. It is not bound to a key (`cnf`, RFC 7800). This check cannot be switched off.
/// 8. [`accept`](Self::accept): it is an access token.
///
/// The issuer is not among them: the caller finds the authority by the token's issuer and passes that issuer to [`validate`](Self::validate).
///
/// ```
/// use b2c_verify::{Audiences, NumericDate, TokenError, TokenRules};
/// # use b2c_verify::{AlgorithmSet, Credentials, Scratch, UnverifiedToken};
/// # use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
///
/// # let claims = r#"{"iss":"https://contoso.b2clogin.com/tid/v2.0/","aud":"my-api","exp":2000,"azp":"my-app","scp":"tasks.read"}"#;
/// # let token = format!("{}.{}.AA", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#), URL_SAFE_NO_PAD.encode(claims));
/// # let mut scratch = Scratch::default();
/// # let token = UnverifiedToken::parse(Credentials::from_bare(token.as_bytes())?, AlgorithmSet::RS256, &mut scratch)?;
/// // `token` was issued to `my-app` for `my-api`, and expires at 2000.
/// let issuer = "https://contoso.b2clogin.com/tid/v2.0/";
/// let now = NumericDate::from_secs(1000);
/// let rules = TokenRules::new(Audiences::any_of(["my-api"])).clients(["my-app"]);
/// assert!(rules.validate(&token, issuer, now).is_ok());
///
/// let rules = rules.clients(["other-app"]);
/// assert_eq!(rules.validate(&token, issuer, now).unwrap_err(), TokenError::ForeignClient);
///
/// let rules = TokenRules::new(Audiences::any_of(["other-api"]));
/// assert_eq!(rules.validate(&token, issuer, now).unwrap_err(), TokenError::WrongAudience);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Clones share everything except the tenant, which is usually all that differs between the rules of thousands of authorities.
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
    /// Any client if empty.
    clients: Vec<Box<str>>,
    accept: AcceptedTokens,
    any_tenant: Option<Arc<AnyTenant>>,
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
            any_tenant: None,
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

    /// How much the issuer's clock and ours may differ (RFC 7519 §4.1.4). The default is [60 seconds](DEFAULT_CLOCK_SKEW).
    #[must_use]
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.change().clock_skew = skew;
        self
    }

    /// Whether a token must have `exp`. It must by default.
    #[must_use]
    pub fn expiration(mut self, policy: ExpirationPolicy) -> Self {
        self.change().expiration = policy;
        self
    }

    /// Limits a token's lifetime, from `iat` to `exp`. With a limit, a token without `iat` is refused.
    ///
    /// With it, a stolen signing key cannot make a token that is valid for ten years.
    ///
    /// ```
    #[doc = include_str!("../docs/example_tokens.txt")]
    /// use std::time::Duration;
    /// use b2c_verify::{NumericDate, Scratch, TokenError};
    ///
    /// # let (token, mut scratch) = (signed(r#"{"aud":"my-api","iat":900,"exp":2000,"scp":"tasks.read"}"#), Scratch::default());
    /// # let (rules, token) = (rules(), parsed(&token, &mut scratch)?);
    /// // `token` is valid from 900 to 2000.
    /// let now = NumericDate::from_secs(1000);
    /// let long = rules.clone().max_lifetime(Some(Duration::from_secs(1100)));
    /// assert_eq!(long.admit(&token, now), Ok(()));
    ///
    /// let short = rules.max_lifetime(Some(Duration::from_secs(1000)));
    /// assert_eq!(short.admit(&token, now), Err(TokenError::LifetimeTooLong));
    /// # Ok::<(), TokenError>(())
    /// ```
    #[must_use]
    pub fn max_lifetime(mut self, limit: Option<Duration>) -> Self {
        self.change().max_lifetime = limit;
        self
    }

    /// Limits a token's age, from `iat` to now, plus the clock skew. With a limit, a token without `iat` is refused.
    ///
    /// ```
    #[doc = include_str!("../docs/example_tokens.txt")]
    /// use std::time::Duration;
    /// use b2c_verify::{NumericDate, Scratch, TokenError};
    ///
    /// # let (token, mut scratch) = (signed(r#"{"aud":"my-api","iat":900,"exp":2000,"scp":"tasks.read"}"#), Scratch::default());
    /// # let (rules, token) = (rules(), parsed(&token, &mut scratch)?);
    /// // `token` was issued at 900. The clock skew adds 60 seconds.
    /// let rules = rules.max_age(Some(Duration::from_secs(300)));
    /// assert_eq!(rules.admit(&token, NumericDate::from_secs(1259)), Ok(()));
    /// assert_eq!(rules.admit(&token, NumericDate::from_secs(1260)), Err(TokenError::TooOld));
    /// # Ok::<(), TokenError>(())
    /// ```
    #[must_use]
    pub fn max_age(mut self, limit: Option<Duration>) -> Self {
        self.change().max_age = limit;
        self
    }

    /// Accepts only tokens issued to one of these applications (`azp`, else `appid`). An empty list accepts every application.
    #[must_use]
    pub fn clients<C: Into<Box<str>>>(mut self, ids: impl IntoIterator<Item = C>) -> Self {
        self.change().clients = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Refuses a token with a different `tid`. A token without `tid` passes.
    ///
    /// Entra ID and External ID write the tenant into both `iss` and `tid`. Applications tell their users apart by `tid`, so the two must agree. B2C writes `tid`
    /// only in custom policies, where it may be the tenant of another identity provider: do not set this for B2C.
    ///
    /// ```
    #[doc = include_str!("../docs/example_tokens.txt")]
    /// use b2c_verify::{NumericDate, Scratch, TokenError};
    ///
    /// # let (token, mut scratch) = (signed(r#"{"aud":"my-api","exp":2000,"scp":"tasks.read","tid":"aaaabbbb-0000-cccc-1111-dddd2222eeee"}"#), Scratch::default());
    /// # let (rules, token) = (rules(), parsed(&token, &mut scratch)?);
    /// // `token` has the `tid` aaaabbbb-….
    /// let now = NumericDate::from_secs(1000);
    /// let rules = rules.tenant_id(Some("aaaabbbb-0000-cccc-1111-dddd2222eeee"));
    /// assert_eq!(rules.admit(&token, now), Ok(()));
    ///
    /// let rules = rules.tenant_id(Some("bbbbcccc-1111-dddd-2222-eeee3333ffff"));
    /// assert_eq!(rules.admit(&token, now), Err(TokenError::WrongTenant));
    /// # Ok::<(), TokenError>(())
    /// ```
    #[must_use]
    pub fn tenant_id(mut self, id: Option<impl Into<Box<str>>>) -> Self {
        self.tenant_id = id.map(Into::into);
        self
    }

    /// Accepts the tokens of these tenants, of whichever the token names, instead of one issuer's. Dangerous: anybody can create a tenant.
    ///
    /// 1. Its `iss` must be the issuer of one of these tenants, and it must have that tenant's id in `tid`.
    /// 2. Its key must not be another tenant's: if the key has an [`issuer`](crate::VerificationKey::issuer), that is a template of these tenants, or an issuer
    ///    of the token's tenant. [`ValidatedToken::verify`] checks this.
    ///
    /// ```
    /// use b2c_verify::{AnyTenant, Audiences, NumericDate, TokenError, TokenRules};
    /// # use b2c_verify::{AlgorithmSet, Credentials, Scratch, UnverifiedToken};
    /// # use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    /// # let claims = r#"{"iss":"https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/","tid":"aaaabbbb-0000-cccc-1111-dddd2222eeee","aud":"my-api","exp":2000,"scp":"tasks.read"}"#;
    /// # let token = format!("{}.{}.AA", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#), URL_SAFE_NO_PAD.encode(claims));
    /// # let mut scratch = Scratch::default();
    /// # let token = UnverifiedToken::parse(Credentials::from_bare(token.as_bytes())?, AlgorithmSet::RS256, &mut scratch)?;
    /// // `token` is from the tenant aaaabbbb-…, in version 1.0.
    /// let rules = TokenRules::new(Audiences::any_of(["my-api"]));
    /// let (issuer, now) = (token.issuer()?, NumericDate::from_secs(1000));
    /// let worldwide = AnyTenant::new(["https://sts.windows.net/{tenantid}/"]).ok_or("a template")?;
    /// assert!(rules.clone().any_tenant(worldwide).validate(&token, issuer, now).is_ok());
    ///
    /// let china = AnyTenant::new(["https://sts.chinacloudapi.cn/{tenantid}/"]).ok_or("a template")?;
    /// assert_eq!(rules.any_tenant(china).validate(&token, issuer, now).unwrap_err(), TokenError::UnknownIssuer);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn any_tenant(mut self, tenants: AnyTenant) -> Self {
        self.change().any_tenant = Some(Arc::new(tenants));
        self
    }

    /// The tenants whose tokens are accepted, if that is [any](Self::any_tenant).
    #[must_use]
    pub fn accepted_tenants(&self) -> Option<&AnyTenant> {
        self.shared.any_tenant.as_deref()
    }

    /// Which kinds of tokens are accepted. The default is [access tokens](AcceptedTokens::AccessTokens) only.
    #[must_use]
    pub fn accept(mut self, tokens: AcceptedTokens) -> Self {
        self.change().accept = tokens;
        self
    }

    /// Checks everything except the signature.
    ///
    /// `issuer` is the issuer that the authority is trusted for, and must equal `iss` byte for byte. B2C signs the user-flow tokens of unrelated tenants with one
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
        // As a bearer token, a thief could use it; the issuer bound it to prevent that (RFC 9449 §7.2). A value of the wrong type counts too.
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
        if let Some(any) = &self.shared.any_tenant {
            let told = token.claims().get("tid").and_then(Value::text);
            let told = told.and_then(TenantId::of_lower_case);
            return if told.is_some() && told == any.tenant_of(token.issuer()?) {
                Ok(())
            } else {
                Err(TokenError::WrongTenant)
            };
        }
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

    /// Checks the lifetime and age of a cached token again.
    ///
    /// ```
    #[doc = include_str!("../docs/example_tokens.txt")]
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
    /// As for [`validate`](Self::validate), for rules 3 and 4.
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

/// Whether a token must have `exp`.
///
/// ```
/// use b2c_verify::{Audiences, Claim, ExpirationPolicy, NumericDate, TokenError, TokenRules};
/// # use b2c_verify::{AlgorithmSet, Credentials, Scratch, UnverifiedToken};
/// # use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
/// # let claims = r#"{"iss":"https://contoso.b2clogin.com/tid/v2.0/","aud":"my-api","scp":"tasks.read"}"#;
/// # let token = format!("{}.{}.AA", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#), URL_SAFE_NO_PAD.encode(claims));
/// # let mut scratch = Scratch::default();
/// # let without_exp = UnverifiedToken::parse(Credentials::from_bare(token.as_bytes())?, AlgorithmSet::RS256, &mut scratch)?;
/// let now = NumericDate::from_secs(1000);
/// let rules = TokenRules::new(Audiences::any_of(["my-api"]));
/// assert_eq!(rules.admit(&without_exp, now), Err(TokenError::MissingClaim(Claim::Exp)));
///
/// let rules = rules.expiration(ExpirationPolicy::Optional);
/// assert_eq!(rules.admit(&without_exp, now), Ok(()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpirationPolicy {
    /// A token without `exp` is refused.
    #[default]
    Required,
    /// A token without `exp` never expires. `exp` is still checked if present.
    Optional,
}

/// The default clock skew: enough for machines with poor NTP, and short compared with a token's usual lifetime of an hour.
///
/// ```
#[doc = include_str!("../docs/example_tokens.txt")]
/// use std::time::Duration;
/// use b2c_verify::{DEFAULT_CLOCK_SKEW, NumericDate, Scratch, TokenError};
///
/// # let (token, mut scratch) = (signed(r#"{"aud":"my-api","exp":2000,"scp":"tasks.read"}"#), Scratch::default());
/// # let (rules, token) = (rules(), parsed(&token, &mut scratch)?);
/// // `token` expires at 2000, and `rules` have the default.
/// let end = NumericDate::from_secs(2000).saturating_add(DEFAULT_CLOCK_SKEW);
/// assert_eq!(rules.admit(&token, end.saturating_sub(Duration::from_secs(1))), Ok(()));
/// assert_eq!(rules.admit(&token, end), Err(TokenError::Expired));
/// # Ok::<(), TokenError>(())
/// ```
pub const DEFAULT_CLOCK_SKEW: Duration = Duration::from_secs(60);
