//! Checks `[[decryption_keys]]`: each has PEM or names a file, and there are at most four.

use b2c_verify::{DecryptionKey, DecryptionKeys, MAX_DECRYPTION_KEYS};

use super::{inline_keys::shown_id, secret_file::read_secret};
use crate::settings::{DecryptionKeySettings, Mistakes, Settings};

impl Settings {
    pub(super) fn check_decryption_keys(&self, mistakes: &mut Mistakes) -> DecryptionKeys {
        let mut keys = Vec::with_capacity(self.decryption_keys.len());
        for (at, settings) in self.decryption_keys.iter().enumerate() {
            let field = format!("decryption_keys[{at}]");
            let id = shown_id(
                &settings.id,
                settings.file.is_some() || settings.pem.is_some(),
            );
            keys.extend(mistakes.note(field, id, settings.check()));
        }
        let count = keys.len();
        let keys = DecryptionKeys::new(keys)
            .map_err(|_| format!("are more than {MAX_DECRYPTION_KEYS}; {KEEP_TWO}"));
        mistakes
            .note("decryption_keys", count, keys)
            .unwrap_or_default()
    }
}

impl DecryptionKeySettings {
    /// # Errors
    ///
    /// What is wrong and how to correct it. The text never quotes the key.
    pub(crate) fn check(&self) -> Result<DecryptionKey, String> {
        let key = match (&self.file, &self.pem) {
            (Some(path), None) => DecryptionKey::from_pem(self.id.as_deref(), &read_secret(path)?),
            (None, Some(pem)) => DecryptionKey::from_pem(self.id.as_deref(), pem.expose()),
            _ => return Err("must have exactly one of file and pem".into()),
        };
        key.map_err(|error| format!("cannot be used: {error}"))
    }
}

pub(crate) const KEEP_TWO: &str = "keep only the current key and its successor, because a token that names none of the keys is tried with each";
