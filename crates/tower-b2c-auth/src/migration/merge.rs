//! The reports of several replicas → one.

use std::collections::BTreeMap;

use super::{MigrationReport, ReportRow, Stage};

/// Adds a report to another one. The caller must then work out the verdict.
pub(super) fn reports(mut merged: MigrationReport, other: MigrationReport) -> MigrationReport {
    if other.observed_since > merged.observed_since {
        merged.observed_since = other.observed_since;
        merged.observation_start = other.observation_start;
    }
    merged.generated_at = merged.generated_at.max(other.generated_at);
    merged.quiet_period = merged.quiet_period.max(other.quiet_period);
    merged.sunset = merged.sunset.max(other.sunset);
    merged.stage = furthest_behind(merged.stage, other.stage);
    merged.legacy_issuers.extend(other.legacy_issuers);
    merged.legacy_issuers.sort_unstable();
    merged.legacy_issuers.dedup();
    merged.rows.extend(other.rows);
    // An issuer that is legacy at one replica is legacy, even if another replica has older settings.
    for row in &mut merged.rows {
        let mut legacy = merged.legacy_issuers.iter();
        row.legacy |= legacy.any(|legacy| legacy.issuer == row.issuer);
    }
    merged.rows = rows(merged.rows);
    merged
}

/// A token that one replica still accepts is still in use.
fn furthest_behind(one: Option<Stage>, other: Option<Stage>) -> Option<Stage> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Adds up the rows with the same issuer, client application and audience.
fn rows(rows: Vec<ReportRow>) -> Vec<ReportRow> {
    let mut merged = BTreeMap::<_, ReportRow>::new();
    for row in rows {
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
