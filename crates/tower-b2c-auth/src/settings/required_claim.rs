//! Claims that every token must carry.

use serde::{Deserialize, Serialize};

use super::one_or_many::one_or_many;

/// One entry of `[[required_claims]]`, with the meaning of
/// [API Management's `<claim>`](https://learn.microsoft.com/azure/api-management/validate-jwt-policy#elements).
///
/// A token that does not meet it is answered with 403.
///
/// ```
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use tower_b2c_auth::test_util::TestTenant;
/// use tower_b2c_auth::{ClaimMatch, RequiredClaim};
///
/// let tenant = TestTenant::new();
/// let reads_or_writes = RequiredClaim {
///     name: "scp".into(),
///     matching: ClaimMatch::Any,
///     separator: Some(" ".into()),
///     values: vec!["tasks.read".into(), "tasks.write".into()],
/// };
/// let auth = tenant.builder().required_claim(reads_or_writes).build()?;
/// assert!(auth.authenticate(&tenant.token().scope("profile tasks.read").sign()).await.is_ok());
///
/// let refused = auth.authenticate(&tenant.token().scope("profile").sign()).await.unwrap_err();
/// assert_eq!((refused.status().as_u16(), refused.reason()), (403, "insufficient_scope"));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequiredClaim {
    /// The claim's name, such as `scp`. Must not be empty.
    pub name: String,
    /// Whether the token must have all of `values`, or any one of them; `match` in TOML. Default `all`.
    #[serde(rename = "match")]
    pub matching: ClaimMatch,
    /// The separator of several values in one string. With `" "`, as for `scp`, the claim `"a b"` has the values `a` and `b`. By default a string is one
    /// value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// The values to look for, compared exactly. If empty, the claim only has to be present. For `scp`, give the short names that tokens carry:
    /// `tasks.read`, not `https://contoso.onmicrosoft.com/tasks/tasks.read`, which is refused.
    #[serde(deserialize_with = "one_or_many")]
    pub values: Vec<String>,
}

/// How many of a [`RequiredClaim`]'s values the token must have: `match` in TOML.
///
/// ```
/// use tower_b2c_auth::{ClaimMatch, Settings};
///
/// let read = |claim: &str| Settings::from_toml(&format!("required_claims = [{{ name = 'groups', values = ['a', 'b']{claim} }}]"));
/// assert_eq!(read("")?.required_claims[0].matching, ClaimMatch::All);
/// assert_eq!(read(", match = 'any'")?.required_claims[0].matching, ClaimMatch::Any);
/// assert!(read(", match = 'some'").is_err());
/// # Ok::<(), tower_b2c_auth::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimMatch {
    /// Every listed value must be among the token's.
    #[default]
    All,
    /// One listed value among the token's is enough.
    Any,
}
