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
