//! What happens to tokens of a legacy issuer.

use std::{sync::Arc, time::Duration};

use b2c_verify::NumericDate;
use serde::{Deserialize, Serialize};

use super::Announcement;

/// How far a migration is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Tokens of the legacy issuer are accepted and counted.
    #[default]
    Accept,
    /// Besides, the responses to them say that this will end: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`.
    Announce,
    /// Tokens of the legacy issuer are refused as `invalid_token`, and counted.
    Refuse,
}

/// The `[migration]` settings after the check.
#[derive(Debug)]
pub(crate) struct Migration {
    pub(crate) legacy_issuers: Vec<String>,
    pub(crate) stage: Stage,
    pub(crate) sunset: Option<NumericDate>,
    pub(crate) quiet_period: Duration,
    pub(crate) announcement: Arc<Announcement>,
}

impl Migration {
    /// The stage at this moment: from `sunset` on it is [`Stage::Refuse`], whatever was set.
    pub(crate) fn stage_at(&self, now: NumericDate) -> Stage {
        if self.sunset.is_some_and(|sunset| now >= sunset) {
            Stage::Refuse
        } else {
            self.stage
        }
    }
}
