//! Whether legacy issuers can be removed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether the legacy issuers can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// None was used for the whole quiet period, which was observed without a gap.
    SafeToRemove,
    /// None was used recently, but the observation is shorter than the quiet period.
    NotEnoughEvidence,
    /// One was used within the quiet period.
    Keep,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SafeToRemove => "safe to remove",
            Self::NotEnoughEvidence => "not enough evidence",
            Self::Keep => "keep",
        })
    }
}
