//! Whether legacy issuers can be removed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{LegacyIssuer, MigrationReport, ReportRow, text};

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
    /// No legacy issuer was used within the quiet period, and any use would have been counted.
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

impl MigrationReport {
    pub(super) fn verdict(&self) -> (Verdict, Vec<String>) {
        if self.legacy_issuers.is_empty() {
            let reason = "No legacy issuer is configured.";
            return (Verdict::SafeToRemove, vec![reason.into()]);
        }
        let quiet_since = self.generated_at.saturating_sub(self.quiet_period);
        let legacy = self.rows.iter().filter(|row| row.legacy);
        let used: Vec<_> = legacy
            .filter(|row| row.last_seen > quiet_since)
            .map(ReportRow::use_of_legacy)
            .collect();
        if !used.is_empty() {
            return (Verdict::Keep, used);
        }
        let legacy = self.legacy_issuers.iter();
        let unknown: Vec<_> = legacy.filter_map(LegacyIssuer::reason_if_unknown).collect();
        if !unknown.is_empty() {
            return (Verdict::NotEnoughEvidence, unknown);
        }
        if self.only_legacy {
            let reason = "Every issuer is legacy: without these, no token would be accepted. Do not list as legacy the issuer that you want to keep.";
            return (Verdict::NotEnoughEvidence, vec![reason.into()]);
        }
        let (since, needed) = (
            text::date(self.observed_since),
            text::duration(self.quiet_period),
        );
        let observed = self.generated_at.saturating_sub(self.observed_since);
        if observed < self.quiet_period {
            let observed = text::duration(observed);
            let reasons = vec![
                format!(
                    "No legacy issuer was used recently, but uses have been counted without a gap only since {since}: for {observed} of the {needed} that are needed."
                ),
                self.observation_start.to_string(),
            ];
            return (Verdict::NotEnoughEvidence, reasons);
        }
        let legacy = self.legacy_issuers.iter();
        let young: Vec<_> = legacy
            .filter(|it| it.legacy_since > quiet_since)
            .map(|it| it.reason_if_young(self.generated_at, &needed))
            .collect();
        if !young.is_empty() {
            return (Verdict::NotEnoughEvidence, young);
        }
        let reason = format!(
            "No legacy issuer has been used in the last {needed}; uses have been counted without a gap since {since}."
        );
        (Verdict::SafeToRemove, vec![reason])
    }
}
