//! Whether legacy issuers can be removed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether the legacy issuers can be removed. [`MigrationReport`](super::MigrationReport) has the rules, and the reasons in whole sentences.
///
/// ```
/// use tower_b2c_auth::migration::{MigrationReport, Verdict};
///
/// /// For a pipeline that removes the old issuer.
/// fn exit_code(report: &MigrationReport) -> u8 {
///     match report.verdict {
///         Verdict::SafeToRemove => 0,
///         Verdict::NotEnoughEvidence | Verdict::Keep => 1,
///     }
/// }
/// assert_eq!(Verdict::SafeToRemove.to_string(), "safe to remove");
/// assert_eq!(serde_json::to_string(&Verdict::Keep)?, r#""keep""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No legacy issuer was used for the whole quiet period, and every use in that time was counted.
    SafeToRemove,
    /// No legacy issuer is known to have been used within the quiet period, but some uses could have gone unnoticed.
    NotEnoughEvidence,
    /// A legacy issuer was used within the quiet period.
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
