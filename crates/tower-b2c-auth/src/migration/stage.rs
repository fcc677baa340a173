//! What happens to tokens of a legacy issuer.

use std::{sync::Arc, time::Duration};

use b2c_verify::NumericDate;

use super::Announcement;
use crate::settings::Stage;

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
