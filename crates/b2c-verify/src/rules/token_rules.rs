//! The rules and their order.

use std::{sync::Arc, time::Duration};

use super::{AcceptedTokens, Audiences, ExpirationPolicy};
use crate::{keys::AlgorithmSet, tenants::AnyTenant};

/// The rules for the tokens of one authority (RFC 7519 §4.1, RFC 8725 §3).
///
/// They are checked in this order:
///
/// 1. [`algorithms`](Self::algorithms): `alg` is allowed.
/// 2. The [audiences](Self::new): `aud` contains an accepted one.
/// 3. [`expiration`](Self::expiration) and [`clock_skew`](Self::clock_skew): the token has not expired (`exp`) and is already valid (`nbf`).
/// 4. [`max_lifetime`](Self::max_lifetime) and [`max_age`](Self::max_age): the issuer did not make it valid for too long, and it is not too old (`iat`).
/// 5. [`clients`](Self::clients): it was issued to a listed application (`azp`, else `appid`).
/// 6. [`tenant_id`](Self::tenant_id): its `tid`, if any, is the expected one. [`any_tenant`](Self::any_tenant): its `tid` is the tenant that `iss` names.
/// 7. It is not bound to a key (`cnf`, RFC 7800). This check cannot be switched off.
/// 8. [`accept`](Self::accept): it is an access token.
///
/// The issuer is not among them. The caller finds the authority by the token's issuer and passes the authority's issuer to [`validate`](Self::validate),
/// which compares the two.
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
    pub(super) shared: Arc<SharedRules>,
    pub(super) tenant_id: Option<Box<str>>,
}

#[derive(Clone, Debug)]
pub(super) struct SharedRules {
    pub(super) audiences: Audiences,
    pub(super) algorithms: AlgorithmSet,
    pub(super) clock_skew: Duration,
    pub(super) expiration: ExpirationPolicy,
    pub(super) max_lifetime: Option<Duration>,
    pub(super) max_age: Option<Duration>,
    /// Any client if empty.
    pub(super) clients: Vec<Box<str>>,
    pub(super) accept: AcceptedTokens,
    pub(super) any_tenant: Option<Arc<AnyTenant>>,
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

    /// Limits a token's lifetime, from `iat` to `exp`. With a limit, a token without `iat` or `exp` is refused.
    ///
    /// This catches an issuer that makes its tokens valid for too long. It does not limit what a stolen signing key can do: the thief can also write an
    /// `iat` in the future.
    ///
    /// ```
    #[doc = include_str!("../../docs/example_tokens.txt")]
    /// use std::time::Duration;
    /// use b2c_verify::{NumericDate, Scratch, TokenError};
    ///
    /// # let (token, mut scratch) = (signed(r#"{"aud":"my-api","iat":900,"exp":2000,"scp":"tasks.read"}"#), Scratch::default());
    /// # let (rules, token) = (rules(), parsed(&token, &mut scratch)?);
    /// // `token` was issued at 900 and expires at 2000.
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

    /// Limits a token's age, the time since `iat`. The clock skew is added to the limit. With a limit, a token without `iat` is refused.
    ///
    /// ```
    #[doc = include_str!("../../docs/example_tokens.txt")]
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
    #[doc = include_str!("../../docs/example_tokens.txt")]
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

    /// Accepts the tokens of all these tenants instead of one issuer's. Dangerous: anybody can create a tenant.
    ///
    /// 1. A token's `iss` must be the issuer of one of these tenants, and its `tid` must be that tenant's id.
    /// 2. Its key must not be another tenant's: if the key has an [`issuer`](crate::VerificationKey::issuer), that must be one of the templates or an issuer
    ///    of the token's tenant. [`ValidatedToken::verify`](crate::ValidatedToken::verify) checks this.
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

    /// The tenants given to [`any_tenant`](Self::any_tenant). `None` if the rules are for one issuer.
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

    fn change(&mut self) -> &mut SharedRules {
        Arc::make_mut(&mut self.shared)
    }
}

/// The default clock skew: enough for machines with poor NTP, and short compared with a token's usual lifetime of an hour.
///
/// ```
#[doc = include_str!("../../docs/example_tokens.txt")]
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
