//! A key that decrypts tokens.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Secret;

/// One entry of `[[decryption_keys]]`: an RSA private key of 2048 to 4096 bits in PEM, from a file or inline. See
/// [`Settings::decryption_keys`](super::Settings::decryption_keys).
///
/// API Management keeps such keys as PFX. OpenSSL extracts the private key:
///
/// ```console
/// openssl pkcs12 -in token-decryption.pfx -nocerts -noenc -out token-decryption.pem
/// ```
///
/// ```
/// use tower_b2c_auth::Settings;
///
/// let settings = Settings::from_toml(
///     r#"
///     [[decryption_keys]]
///     id = "2026"
///     file = "/run/secrets/token-decryption.pem"
///     "#,
/// )?;
/// assert_eq!(settings.decryption_keys[0].id.as_deref(), Some("2026"));
/// # Ok::<(), tower_b2c_auth::ParseError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DecryptionKeySettings {
    /// The id by which tokens name the key (`kid`). A token that names one of the keys is decrypted with that key; for any other token, each key is tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A file with the key in PEM (`PRIVATE KEY` or `RSA PRIVATE KEY`), without a password. It is read whenever settings come into force. A relative path
    /// starts at the working folder of the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The key as PEM text, instead of `file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pem: Option<Secret>,
}

impl DecryptionKeySettings {
    /// The key in this file.
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self {
            file: Some(path.into()),
            ..Self::default()
        }
    }

    /// The key in this PEM text.
    pub fn from_pem(text: impl Into<String>) -> Self {
        Self {
            pem: Some(text.into().into()),
            ..Self::default()
        }
    }

    /// Sets the id by which tokens name it.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}
