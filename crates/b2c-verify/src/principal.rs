/// Who a token was issued for. [`VerifiedToken::principal`](crate::VerifiedToken::principal) determines it.
///
/// ```
/// # use aws_lc_rs::hmac;
/// # use b2c_verify::{
/// #     Algorithm, AlgorithmSet, Audiences, Credentials, NumericDate, Scratch, TokenRules, UnverifiedToken, VerificationKey, VerifiedToken,
/// # };
/// # use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
/// use b2c_verify::Principal;
///
/// # fn verified(claims: &str) -> Result<VerifiedToken, Box<dyn std::error::Error>> {
/// #     let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claims));
/// #     let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), input.as_bytes());
/// #     let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature));
/// #     let hs256 = AlgorithmSet::new([Algorithm::HS256]);
/// #     let mut scratch = Scratch::default();
/// #     let token = UnverifiedToken::parse(Credentials::from_bare(token.as_bytes())?, hs256, &mut scratch)?;
/// #     let rules = TokenRules::new(Audiences::any_of(["my-api"])).algorithms(hs256);
/// #     let validated = rules.validate(&token, "https://contoso.b2clogin.com/tid/v2.0/", NumericDate::from_secs(1000))?;
/// #     Ok(validated.verify(&VerificationKey::secret(None, &[7; 32], hs256)?)?)
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let user = r#"{ "iss": "https://contoso.b2clogin.com/tid/v2.0/", "aud": "my-api", "exp": 2000, "scp": "tasks.read", "tfp": "B2C_1_a", "oid": "00aa00aa" }"#;
/// let daemon = r#"{ "iss": "https://contoso.b2clogin.com/tid/v2.0/", "aud": "my-api", "exp": 2000, "roles": ["tasks.run"], "idtyp": "app" }"#;
/// # let (user, daemon) = (verified(user)?, verified(daemon)?);
///
/// assert_eq!(user.principal(), Some(Principal::User));
/// assert_eq!(daemon.principal(), Some(Principal::Application));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A user who signed in to an application.
    User,
    /// An application without a user: a daemon with client credentials.
    Application,
}
