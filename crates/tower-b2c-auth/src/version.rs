//! The version of a document that is exchanged as JSON.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Written as the number `V`; every other number is refused when it is read.
///
/// It is the first field of its document, so that another version is refused as such and not for the fields that came with it.
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
                "its version is {version}, but only version {V} can be read here"
            ))),
        }
    }
}
