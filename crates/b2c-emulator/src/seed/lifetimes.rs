use std::time::Duration;

use serde::Deserialize;

/// Lifetimes in seconds. The defaults are
/// [B2C's](https://learn.microsoft.com/azure/active-directory-b2c/configure-tokens).
///
/// ```
/// let lifetimes = b2c_emulator::Lifetimes::default();
/// assert_eq!(lifetimes.access_token_secs, 3600);
/// assert_eq!(lifetimes.refresh_token_secs, 14 * 24 * 3600);
///
/// let unknown = b2c_emulator::Seed::from_toml("tenant = [{ name = 'fabrikam', id = 'one', lifetimes = { access_token = '1h' } }]");
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
