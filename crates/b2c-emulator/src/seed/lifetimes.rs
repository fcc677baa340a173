use std::time::Duration;

use serde::Deserialize;

/// Lifetimes in seconds. The defaults are B2C's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// Access tokens: an hour.
    pub access_token_secs: u64,
    /// ID tokens: an hour.
    pub id_token_secs: u64,
    /// Refresh tokens: 14 days from the last use.
    pub refresh_token_secs: u64,
    /// Refresh tokens of single-page applications: a day from the sign-in.
    pub spa_refresh_token_secs: u64,
    /// Authorization codes: ten minutes.
    pub code_secs: u64,
    /// Sessions: a day.
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
