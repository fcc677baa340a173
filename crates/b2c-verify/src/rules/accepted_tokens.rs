use serde::{Deserialize, Serialize};

/// Which kinds of tokens are accepted.
///
/// Microsoft signs ID tokens and access tokens with the same keys. If a client and its API share one app registration, the two kinds have the same audience
/// too. Only an access token grants something: `scp` lists the scopes that a user consented to, `roles` the app roles assigned to a user or a daemon. (B2C
/// writes a daemon's app roles into `scp` instead.) An ID token tells a client who signed in, and it [must not be used to call an
/// API](https://learn.microsoft.com/entra/identity-platform/id-tokens). It has no `scp`, and has `roles` only if its application defines app roles. If that
/// application is the API itself, such an ID token passes as an access token, so require a scope as well.
///
/// ```
#[doc = include_str!("../../docs/example_tokens.txt")]
/// use b2c_verify::{AcceptedTokens, NumericDate, TokenError};
///
/// # let (token, mut scratch) = (signed(r#"{"iss":"https://contoso.b2clogin.com/tid/v2.0/","aud":"my-api","exp":2000,"sub":"alice"}"#), Default::default());
/// # let (rules, id_token) = (rules(), parsed(&token, &mut scratch)?);
/// // `rules` accept `my-api`. `id_token` is for `my-api` and has neither `scp` nor `roles`.
/// assert_eq!(rules.admit(&id_token, NumericDate::from_secs(1000)), Err(TokenError::NotAccessToken));
///
/// let rules = rules.accept(AcceptedTokens::DangerAnyTokens);
/// assert_eq!(rules.admit(&id_token, NumericDate::from_secs(1000)), Ok(()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcceptedTokens {
    /// Tokens with a scope in `scp` or a role in `roles`. Microsoft.Identity.Web applies the same rule.
    #[default]
    AccessTokens,
    /// Any token. Dangerous: an ID token passes, although clients do not keep ID tokens secret. An access token that grants nothing passes too.
    ///
    /// API Management's `validate-jwt` works this way. Daemons without an assigned role need this setting too; list them in
    /// [`clients`](crate::TokenRules::clients).
    DangerAnyTokens,
}
