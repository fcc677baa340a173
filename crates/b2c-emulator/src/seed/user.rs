use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A user of a tenant's directory.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// `oid`.
    pub object_id: String,
    /// `name`.
    pub name: String,
    /// `given_name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// `family_name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// `emails`. The first one is also the sign-in name.
    #[serde(default)]
    pub emails: Vec<String>,
    /// `roles` in External ID's tokens. B2C has none; put them under `claims` to imitate a custom policy that adds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Custom attributes, without the prefix `extension_`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extensions: Map<String, Value>,
    /// Any further claims.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub claims: Map<String, Value>,
}

impl User {
    pub(crate) fn email(&self) -> Option<&str> {
        self.emails.first().map(String::as_str)
    }

    pub(crate) fn is_known_as(&self, hint: &str) -> bool {
        self.object_id.eq_ignore_ascii_case(hint)
            || self
                .emails
                .iter()
                .any(|email| email.eq_ignore_ascii_case(hint))
    }
}
