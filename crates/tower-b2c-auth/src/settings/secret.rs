//! A text that is never shown.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use zeroize::Zeroize as _;

/// A text that is never shown. Its `Debug` output has only its length, it is overwritten when dropped, and serialisation leaves it out unless [asked to
/// include it](crate::Settings::with_secrets_in_clear).
#[derive(Clone)]
pub struct Secret {
    text: String,
    is_serialised_in_clear: bool,
}

impl Secret {
    /// The text.
    pub fn expose(&self) -> &str {
        &self.text
    }

    pub(super) fn serialise_in_clear(&mut self) {
        self.is_serialised_in_clear = true;
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self {
            text,
            is_serialised_in_clear: false,
        }
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Secret {}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.is_serialised_in_clear {
            &self.text
        } else {
            LEFT_OUT
        })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == LEFT_OUT {
            return Err(D::Error::custom(
                "the secret was left out when these settings were written",
            ));
        }
        Ok(text.into())
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret(<{} bytes>)", self.text.len())
    }
}

/// No base64, and no password that anybody has.
const LEFT_OUT: &str = "<left out>";
