use std::time::Duration;

use serde::Deserialize;

use super::SeedError;

/// Lifetimes in seconds, of at most a hundred years. The defaults are
/// [B2C's](https://learn.microsoft.com/azure/active-directory-b2c/configure-tokens).
///
/// ```
/// let lifetimes = b2c_emulator::Lifetimes::default();
/// assert_eq!(lifetimes.access_token_secs, 3600);
/// assert_eq!(lifetimes.refresh_token_secs, 14 * 24 * 3600);
///
/// let unknown = b2c_emulator::Seed::from_toml("tenant = [{ name = 'fabrikam', id = 'aaaabbbb-0000-cccc-1111-dddd2222eeee', lifetimes = { access_token = '1h' } }]");
/// assert!(unknown.is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// Of access tokens: an hour.
    pub access_token_secs: u64,
    /// Of ID tokens: an hour.
    pub id_token_secs: u64,
    /// Of refresh tokens: 14 days. Each use starts the period again.
    pub refresh_token_secs: u64,
    /// Of refresh tokens for single-page applications: a day from the redemption of the code.
    pub spa_refresh_token_secs: u64,
    /// Of authorization codes: ten minutes.
    pub code_secs: u64,
    /// Of sign-in sessions: a day.
    pub session_secs: u64,
}

impl Lifetimes {
    pub(super) fn check(&self) -> Result<(), SeedError> {
        let all = [
            self.access_token_secs,
            self.id_token_secs,
            self.refresh_token_secs,
            self.spa_refresh_token_secs,
            self.code_secs,
            self.session_secs,
        ];
        match all.into_iter().find(|secs| *secs > MAX_SECS) {
            None => Ok(()),
            Some(secs) => Err(SeedError::Value {
                what: "the lifetime",
                value: secs.to_string(),
                remedy: "write at most a hundred years, in seconds",
            }),
        }
    }

    pub(crate) fn code(&self) -> Duration {
        Duration::from_secs(self.code_secs)
    }

    pub(crate) fn session(&self) -> Duration {
        Duration::from_secs(self.session_secs)
    }

    pub(crate) fn refresh_token(&self) -> Duration {
        Duration::from_secs(self.refresh_token_secs)
    }

    pub(crate) fn spa_refresh_token(&self) -> Duration {
        Duration::from_secs(self.spa_refresh_token_secs)
    }
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_token_secs: HOUR,
            id_token_secs: HOUR,
            refresh_token_secs: 14 * 24 * HOUR,
            spa_refresh_token_secs: 24 * HOUR,
            code_secs: 600,
            session_secs: 24 * HOUR,
        }
    }
}

const HOUR: u64 = 3600;
/// A hundred years. Far longer ones could not be added to a date.
const MAX_SECS: u64 = 100 * 365 * 24 * HOUR;

#[cfg(test)]
mod tests {
    use crate::{Seed, SeedError};

    /// The bug: every sign-in panicked.
    #[test]
    fn a_lifetime_that_no_date_could_hold_is_refused() {
        let seed = |secs: u64| {
            Seed::from_toml(&format!(
                "tenant = [{{ name = 'fabrikam', id = 'aaaabbbb-0000-cccc-1111-dddd2222eeee', lifetimes = {{ session_secs = {secs} }} }}]"
            ))
        };
        assert!(seed(3_153_600_000).is_ok());
        for secs in [3_153_600_001, i64::MAX as u64] {
            assert!(matches!(
                seed(secs),
                Err(SeedError::Value {
                    what: "the lifetime",
                    ..
                })
            ));
        }
    }
}
