//! Claims that every token must carry.

use serde::{Deserialize, Serialize};

/// One entry of `[[required_claims]]`, with the meaning of API Management's `<claim>`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequiredClaim {
    /// The claim's name, such as `scp`.
    pub name: String,
    /// Whether all of `values` must be among the token's, or any one.
    #[serde(rename = "match")]
    pub matching: ClaimMatch,
    /// Splits the token's string claim into several values, such as `" "` for `scp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// What is looked for; compared exactly. Empty: the claim only has to be there. Of `scp`, the short names, as tokens carry them: `tasks.read`, not
    /// `https://contoso.onmicrosoft.com/tasks/tasks.read`, which is refused.
    pub values: Vec<String>,
}

/// How the values of a [`RequiredClaim`] are matched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimMatch {
    /// Every listed value must be among the token's.
    #[default]
    All,
    /// One listed value among the token's is enough.
    Any,
}
