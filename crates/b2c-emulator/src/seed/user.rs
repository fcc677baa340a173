use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Kind, SeedError, guid};

/// A user in a tenant's directory.
///
/// ```
/// use b2c_emulator::{Emulator, User};
///
/// let tenant = Emulator::builder().without_socket()?;
/// tenant.put_user(User { object_id: "u4".into(), name: "Dana".into(), ..User::default() });
/// assert_eq!(tenant.users().last().map(|user| user.name.as_str()), Some("Dana"));
///
/// tenant.remove_user("u4");
/// assert!(tenant.users().iter().all(|user| user.object_id != "u4"));
/// # Ok::<(), b2c_emulator::EmulatorError>(())
/// ```
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
    /// `emails` in B2C's tokens. In those of External ID and Entra ID, `email` has the first one. That is also the sign-in name.
    #[serde(default)]
    pub emails: Vec<String>,
    /// The user's tenant, if it is not the Entra ID tenant of the seed. Such a user signs in at `organizations` or `common`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// `roles` in External ID's and Entra ID's tokens. B2C's tokens have none; to imitate a custom policy that adds roles, use `claims`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Custom attributes, without the prefix `extension_`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extensions: Map<String, Value>,
    /// Further claims.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub claims: Map<String, Value>,
}

impl User {
    /// Only a user of an Entra ID tenant may belong to another tenant.
    pub(crate) fn check(&self, kind: Kind) -> Result<(), SeedError> {
        let Some(id) = &self.tenant_id else {
            return Ok(());
        };
        let what = "the user's tenant id";
        guid(what, id)?;
        if kind == Kind::EntraId {
            return Ok(());
        }
        Err(SeedError::Value {
            what,
            value: id.clone(),
            remedy: "remove it, or set the tenant's kind = \"entra-id\"",
        })
    }

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
