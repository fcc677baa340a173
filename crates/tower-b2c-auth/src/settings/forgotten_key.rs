//! Keys that must not be used.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// A key that is never used again, even if its authority still publishes it.
///
/// In TOML it is the key id alone, which is then forgotten for every authority, or a table that names one authority:
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, Settings};
///
/// let settings = |forgotten: &str| {
///     Settings::from_toml(&format!(
///         r#"
///         audiences = ["00001111-aaaa-2222-bbbb-3333cccc4444"]
///         authorities = [{{ name = "contoso", tenant = "contoso", policy = "B2C_1_signupsignin1" }}]
///         forgotten_keys = [{forgotten}]
///         "#,
///     ))
/// };
/// let both = settings(r#""leaked-1", { authority = "contoso", kid = "leaked-2" }"#)?;
/// assert_eq!(both.forgotten_keys[1].authority.as_deref(), Some("contoso"));
/// assert!(B2cAuthLayer::from_settings(both).is_ok());
///
/// let unknown = settings(r#"{ authority = "fabrikam", kid = "leaked-2" }"#)?;
/// let error = B2cAuthLayer::from_settings(unknown).unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "forgotten_keys[0].authority");
/// # Ok::<(), tower_b2c_auth::ParseError>(())
/// ```
///
/// The id alone does not identify a key: two identity providers may use the same one. With several authorities, prefer to name the one that is affected.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ForgottenKey {
    /// The key's id (`kid`), compared exactly.
    pub kid: String,
    /// The [name](super::AuthoritySettings::name) of the authority that forgets the key; others with the same metadata URL forget it too. Without a name,
    /// all authorities do. B2C signs the user-flow tokens of many tenants with one key, so naming the authority spares the others.
    pub authority: Option<String>,
}

impl ForgottenKey {
    /// A key that all authorities forget.
    pub fn everywhere(kid: impl Into<String>) -> Self {
        Self {
            kid: kid.into(),
            authority: None,
        }
    }

    /// A key that this authority forgets.
    pub fn of(authority: impl Into<String>, kid: impl Into<String>) -> Self {
        Self {
            kid: kid.into(),
            authority: Some(authority.into()),
        }
    }
}

/// How the table is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authority: Option<String>,
    kid: String,
}

impl Serialize for ForgottenKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.authority.clone() {
            None => serializer.serialize_str(&self.kid),
            authority => Table {
                authority,
                kid: self.kid.clone(),
            }
            .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ForgottenKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KidOrTable)
    }
}

struct KidOrTable;

impl<'de> Visitor<'de> for KidOrTable {
    type Value = ForgottenKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key id, or a table with authority and kid")
    }

    fn visit_str<E>(self, kid: &str) -> Result<ForgottenKey, E> {
        Ok(ForgottenKey::everywhere(kid))
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<ForgottenKey, M::Error> {
        let Table { authority, kid } = Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(ForgottenKey { kid, authority })
    }
}
