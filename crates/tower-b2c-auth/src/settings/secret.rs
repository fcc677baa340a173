//! A text that is never shown.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use zeroize::Zeroize as _;

/// A text that is never shown, such as a key or a password.
///
/// `Debug` shows only its length. Serialisation writes `<left out>` unless [`with_secrets_in_clear`](crate::Settings::with_secrets_in_clear) asks for the
/// text, and reading `<left out>` fails. The text is overwritten when it is dropped; copies that you make of it are not.
///
/// ```
/// use tower_b2c_auth::Secret;
///
/// let secret = Secret::from("hunter2".to_owned());
/// assert_eq!(format!("{secret:?}"), "Secret(<7 bytes>)");
/// assert_eq!(secret.expose(), "hunter2");
///
/// let written = serde_json::to_string(&secret)?;
/// assert_eq!(written, r#""<left out>""#);
/// assert!(serde_json::from_str::<Secret>(&written).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// Prefer a file where a setting offers one (`file`, `user_salt_file`): the secret is then neither in the settings nor in the environment of the process.
#[derive(Clone)]
pub struct Secret {
    text: String,
    is_serialised_in_clear: bool,
}

impl Secret {
    /// The text itself. Do not log it.
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

/// Not base64, and not a password that anybody uses.
const LEFT_OUT: &str = "<left out>";
