//! Checks the salt for counting users.

use super::secret_file::{read_secret, shown_path};
use crate::{
    migration::UserSalt,
    settings::{MigrationSettings, Mistakes},
};

impl MigrationSettings {
    /// `None` if users are not counted, or if there is a mistake.
    pub(super) fn check_user_salt(&self, mistakes: &mut Mistakes) -> Option<UserSalt> {
        let salt = self.read_user_salt();
        match (&self.user_salt, &self.user_salt_file) {
            (None, Some(file)) => mistakes.note("migration.user_salt_file", shown_path(file), salt),
            _ => mistakes.note("migration.user_salt", "", salt),
        }
        .flatten()
    }

    fn read_user_salt(&self) -> Result<Option<UserSalt>, String> {
        let text = match (self.count_users, &self.user_salt, &self.user_salt_file) {
            (false, None, None) => return Ok(None),
            (false, ..) => return Err("has no effect without count_users = true".into()),
            (true, Some(salt), None) => salt.expose().to_owned().into(),
            (true, None, Some(path)) => read_secret(path)?,
            (true, None, None) => return Err(MISSING.into()),
            (true, Some(_), Some(_)) => {
                return Err("is set twice; remove user_salt or user_salt_file".into());
            }
        };
        let salt = text.trim_end_matches(['\r', '\n']);
        if salt.len() < MIN_SALT_BYTES {
            return Err(format!(
                "is too short: it has {} bytes and needs at least {MIN_SALT_BYTES}, so that nobody can guess it; openssl rand -base64 32 makes one",
                salt.len()
            ));
        }
        Ok(Some(UserSalt::new(salt.as_bytes())))
    }
}

const MISSING: &str = "is missing, but count_users = true requires it; give all replicas the same secret, such as the output of: openssl rand -base64 32";
/// The length of SHA-256's output (RFC 2104 §3).
const MIN_SALT_BYTES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "correct horse battery staple, 32";

    fn remedies(settings: &MigrationSettings) -> (bool, Vec<String>) {
        let mut mistakes = Mistakes::default();
        let salt = settings.check_user_salt(&mut mistakes);
        let remedies = match mistakes.finish(Some(())) {
            Ok(()) => Vec::new(),
            Err(error) => error.mistakes().iter().map(|it| it.to_string()).collect(),
        };
        (salt.is_some(), remedies)
    }

    #[test]
    fn counting_users_needs_one_salt_that_is_long_enough() {
        let counting = MigrationSettings {
            count_users: true,
            ..MigrationSettings::default()
        };
        let salted = |salt: &str| MigrationSettings {
            user_salt: Some(salt.to_owned().into()),
            ..counting.clone()
        };
        assert_eq!(remedies(&MigrationSettings::default()), (false, vec![]));
        assert_eq!(remedies(&salted(SALT)), (true, vec![]));
        for (settings, remedy) in [
            (counting.clone(), "is missing"),
            (salted(&SALT[1..]), "is too short: it has 31 bytes"),
            (salted(&format!("{}\n\n", &SALT[1..])), "it has 31 bytes"),
            (
                MigrationSettings {
                    user_salt_file: Some("salt".into()),
                    ..salted(SALT)
                },
                "is set twice",
            ),
            (
                MigrationSettings {
                    count_users: false,
                    ..salted(SALT)
                },
                "has no effect",
            ),
            (
                MigrationSettings {
                    user_salt_file: Some("/nowhere/salt".into()),
                    ..counting.clone()
                },
                "migration.user_salt_file = \"/nowhere/salt\": names a file that cannot be read",
            ),
        ] {
            let (is_usable, remedies) = remedies(&settings);
            assert!(!is_usable, "{remedy}");
            assert_eq!(remedies.len(), 1, "{remedy}");
            assert!(remedies[0].contains(remedy), "{remedies:?}");
            assert!(!remedies[0].contains("horse"), "{remedies:?}");
        }
    }
}
