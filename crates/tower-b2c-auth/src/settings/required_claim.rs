//! Claims that every token must carry.

use serde::{Deserialize, Serialize};

use super::one_or_many::one_or_many;

/// One entry of `[[required_claims]]`, with the meaning of API Management's `<claim>`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequiredClaim {
    /// The claim's name, such as `scp`.
    pub name: String,
    /// Whether the token must have all of `values`, or any one of them.
    #[serde(rename = "match")]
    pub matching: ClaimMatch,
    /// Splits the token's string claim into several values, such as `" "` for `scp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// The values to look for, compared exactly. If empty, the claim only has to be present. For `scp`, give the short names that tokens carry:
    /// `tasks.read`, not `https://contoso.onmicrosoft.com/tasks/tasks.read`, which is refused.
    #[serde(deserialize_with = "one_or_many")]
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
