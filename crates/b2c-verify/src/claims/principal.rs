/// Who a token was issued for. [`VerifiedToken::principal`](crate::VerifiedToken::principal) determines it.
///
/// ```
#[doc = include_str!("../../docs/example_tokens.txt")]
/// use b2c_verify::Principal;
///
/// let user = r#"{ "iss": "https://contoso.b2clogin.com/tid/v2.0/", "aud": "my-api", "exp": 2000, "scp": "tasks.read", "tfp": "B2C_1_a", "oid": "00aa00aa" }"#;
/// let daemon = r#"{ "iss": "https://contoso.b2clogin.com/tid/v2.0/", "aud": "my-api", "exp": 2000, "roles": ["tasks.run"], "idtyp": "app" }"#;
/// let unknown = r#"{ "iss": "https://contoso.b2clogin.com/tid/v2.0/", "aud": "my-api", "exp": 2000, "scp": "tasks.read", "tfp": "B2C_1_a" }"#;
/// # let (user, daemon, unknown) = (verified(user)?, verified(daemon)?, verified(unknown)?);
///
/// assert_eq!(user.principal(), Some(Principal::User));
/// assert_eq!(daemon.principal(), Some(Principal::Application));
/// assert_eq!(unknown.principal(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A user who signed in to an application.
    User,
    /// An application without a user: a daemon with client credentials.
    Application,
}
