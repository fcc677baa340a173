//! What the owner is told: who uses which issuer, and whether the legacy one may go.

use std::{collections::BTreeMap, fmt, sync::atomic::Ordering, time::Duration};

use b2c_verify::NumericDate;
use serde::{Deserialize, Serialize};

use super::{Ledger, Migration, Row, Stage, table};

/// Who used which issuer, and whether the legacy issuer can be removed. `Display` is a table, serde gives JSON; times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationReport {
    /// Whether the legacy issuer can be removed.
    pub verdict: Verdict,
    /// Why, in whole sentences.
    pub reasons: Vec<String>,
    /// The stage at `generated_at`; none if no legacy issuer is configured.
    pub stage: Option<Stage>,
    /// When the stage becomes `refuse` by itself.
    pub sunset: Option<u64>,
    /// Issuers that are to go.
    pub legacy_issuers: Vec<String>,
    /// When this report was made.
    pub generated_at: u64,
    /// Since when tokens have been counted, everywhere.
    pub observed_since: u64,
    /// How long, in seconds, nobody must have used the legacy issuer.
    pub quiet_period: u64,
    /// One for each issuer, client application and audience; the most recently used legacy ones first.
    pub rows: Vec<ReportRow>,
}

/// Whether a legacy issuer can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nobody has used it for the whole quiet period.
    SafeToRemove,
    /// It has been watched for less than the quiet period.
    NotEnoughEvidence,
    /// It was used within the quiet period.
    Keep,
}

/// One issuer, client application and audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRow {
    /// The issuer, `iss`.
    pub issuer: String,
    /// Whether it is one that is to go.
    pub legacy: bool,
    /// The application that asked for the tokens: `azp`, else `appid`.
    pub client_id: Option<String>,
    /// Whom the tokens were for: `aud`.
    pub audience: String,
    /// How many requests were accepted.
    pub accepted: u64,
    /// How many were refused because of the stage.
    pub refused: u64,
    /// The first request.
    pub first_seen: u64,
    /// The last request.
    pub last_seen: u64,
}

impl MigrationReport {
    pub(crate) fn new(
        ledger: &Ledger,
        migration: Option<&Migration>,
        legacy_issuers: Vec<String>,
        now: NumericDate,
    ) -> Self {
        let rows = ledger
            .rows()
            .iter()
            .map(|row| ReportRow::new(row, &legacy_issuers))
            .collect();
        let quiet_period =
            migration.map_or(DEFAULT_QUIET_PERIOD, |migration| migration.quiet_period);
        let report = Self {
            verdict: Verdict::NotEnoughEvidence,
            reasons: Vec::new(),
            stage: migration.map(|migration| migration.stage_at(now)),
            sunset: migration
                .and_then(|migration| migration.sunset)
                .map(seconds),
            legacy_issuers,
            generated_at: seconds(now),
            observed_since: seconds(ledger.since()),
            quiet_period: quiet_period.as_secs(),
            rows,
        };
        report.judged()
    }

    /// The report of several replicas as one: counts are added, and the evidence is as old as that of the replica that has watched for the
    /// shortest time. None without any report.
    pub fn merge(reports: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut reports = reports.into_iter();
        let mut merged = reports.next()?;
        for other in reports {
            merged.observed_since = merged.observed_since.max(other.observed_since);
            merged.generated_at = merged.generated_at.max(other.generated_at);
            merged.quiet_period = merged.quiet_period.max(other.quiet_period);
            merged.sunset = merged.sunset.max(other.sunset);
            // The one that lags behind: what it still accepts is still in use.
            merged.stage = merged.stage.min_by_progress(other.stage);
            merged.legacy_issuers.extend(other.legacy_issuers);
            merged.rows.extend(other.rows);
        }
        merged.legacy_issuers.sort_unstable();
        merged.legacy_issuers.dedup();
        merged.rows = merged_rows(merged.rows, &merged.legacy_issuers);
        Some(merged.judged())
    }

    /// Sorts the rows and comes to a verdict.
    fn judged(mut self) -> Self {
        self.rows.sort_by(|a, b| {
            (b.legacy, b.last_seen, &a.issuer, &a.client_id).cmp(&(
                a.legacy,
                a.last_seen,
                &b.issuer,
                &b.client_id,
            ))
        });
        let quiet_since = self.generated_at.saturating_sub(self.quiet_period);
        let used: Vec<_> = self
            .rows
            .iter()
            .filter(|row| row.legacy && row.last_seen > quiet_since)
            .map(ReportRow::use_of_legacy)
            .collect();
        let watched = self.generated_at.saturating_sub(self.observed_since);
        (self.verdict, self.reasons) = if self.legacy_issuers.is_empty() {
            (
                Verdict::SafeToRemove,
                vec!["No legacy issuer is configured.".into()],
            )
        } else if !used.is_empty() {
            (Verdict::Keep, used)
        } else if watched < self.quiet_period {
            let (watched, needed) = (table::duration(watched), table::duration(self.quiet_period));
            (
                Verdict::NotEnoughEvidence,
                vec![format!(
                    "Nobody has used the legacy issuer, but it has been watched for {watched} only; {needed} are needed."
                )],
            )
        } else {
            (
                Verdict::SafeToRemove,
                vec![format!(
                    "Nobody has used the legacy issuer for {}.",
                    table::duration(self.quiet_period)
                )],
            )
        };
        self
    }
}

impl ReportRow {
    fn new(row: &Row, legacy_issuers: &[String]) -> Self {
        let overflowed_legacy = row.is_overflow() && row.saw_legacy.load(Ordering::Relaxed);
        Self {
            issuer: row.issuer.to_string(),
            legacy: overflowed_legacy
                || legacy_issuers.iter().any(|issuer| **issuer == *row.issuer),
            client_id: row.client_id.as_deref().map(str::to_owned),
            audience: row.audience.to_string(),
            accepted: row.accepted.get(),
            refused: row.refused.get(),
            first_seen: seconds(row.first_seen()),
            last_seen: seconds(row.last_seen()),
        }
    }

    fn use_of_legacy(&self) -> String {
        let who = self
            .client_id
            .as_deref()
            .unwrap_or("an application without azp and appid");
        let how = if self.refused > 0 && self.accepted == 0 {
            "was refused with"
        } else {
            "used"
        };
        format!(
            "{who} {how} {} for {}, last at {}.",
            self.issuer,
            self.audience,
            table::date(self.last_seen)
        )
    }
}

impl fmt::Display for MigrationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::write(self, f)
    }
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

/// Ordering of stages by how far the migration is.
trait MinByProgress {
    fn min_by_progress(self, other: Self) -> Self;
}

impl MinByProgress for Option<Stage> {
    fn min_by_progress(self, other: Self) -> Self {
        match (self, other) {
            (None, stage) | (stage, None) => stage,
            (Some(Stage::Accept), _) | (_, Some(Stage::Accept)) => Some(Stage::Accept),
            (Some(Stage::Announce), _) | (_, Some(Stage::Announce)) => Some(Stage::Announce),
            (Some(Stage::Refuse), Some(Stage::Refuse)) => Some(Stage::Refuse),
        }
    }
}

fn merged_rows(rows: Vec<ReportRow>, legacy_issuers: &[String]) -> Vec<ReportRow> {
    let mut merged = BTreeMap::<_, ReportRow>::new();
    for mut row in rows {
        // What is legacy to one replica is legacy, also when another one has not been told yet.
        row.legacy |= legacy_issuers.contains(&row.issuer);
        let key = (
            row.issuer.clone(),
            row.client_id.clone(),
            row.audience.clone(),
        );
        match merged.get_mut(&key) {
            None => {
                merged.insert(key, row);
            }
            Some(known) => {
                known.legacy |= row.legacy;
                known.accepted = known.accepted.saturating_add(row.accepted);
                known.refused = known.refused.saturating_add(row.refused);
                known.first_seen = known.first_seen.min(row.first_seen);
                known.last_seen = known.last_seen.max(row.last_seen);
            }
        }
    }
    merged.into_values().collect()
}

fn seconds(date: NumericDate) -> u64 {
    date.as_unix().as_secs()
}

/// A week: shorter than this, an application that runs on weekdays only would go unnoticed.
pub(crate) const DEFAULT_QUIET_PERIOD: Duration = Duration::from_secs(7 * 86_400);
