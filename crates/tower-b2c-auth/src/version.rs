//! The version of a JSON document.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Serializes as the number `V`. Deserializing any other number fails.
///
/// Make it the first field of its document, so that a document of another version is refused because of its version, and not because of a field that only
/// that version has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Version<const V: u64>;

impl<const V: u64> Serialize for Version<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(V)
    }
}

impl<'de, const V: u64> Deserialize<'de> for Version<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            version if version == V => Ok(Self),
            version => Err(D::Error::custom(format!(
                "its version is {version}, but only version {V} is supported"
            ))),
        }
    }
}
