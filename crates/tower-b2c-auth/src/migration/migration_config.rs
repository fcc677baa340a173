//! What happens to the tokens of a legacy issuer.
//!
//! The stage is looked up for each request, by the layer's clock, so that the sunset needs no swap and no restart.

use std::{sync::Arc, time::Duration};

use b2c_verify::NumericDate;

use super::Announcement;
#[cfg(feature = "migration")]
use super::UserSalt;
use crate::settings::Stage;

/// The `[migration]` settings after the check.
#[derive(Debug)]
pub(crate) struct MigrationConfig {
    pub(crate) legacy_issuers: Vec<String>,
    pub(crate) stage: Stage,
    pub(crate) sunset: Option<NumericDate>,
    #[cfg_attr(
        not(feature = "migration"),
        expect(dead_code, reason = "only the report reads it")
    )]
    pub(crate) quiet_period: Duration,
    pub(crate) announcement: Arc<Announcement>,
    /// `None` if users are not counted.
    #[cfg(feature = "migration")]
    pub(crate) user_salt: Option<UserSalt>,
}

impl MigrationConfig {
    /// The stage at this moment: the configured one, and [`Stage::Refuse`] from `sunset` on.
    pub(crate) fn stage_at(&self, now: NumericDate) -> Stage {
        if self.sunset.is_some_and(|sunset| now >= sunset) {
            Stage::Refuse
        } else {
            self.stage
        }
    }
}
