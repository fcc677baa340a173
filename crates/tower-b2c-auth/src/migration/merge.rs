//! The reports of several replicas ─▶ one report.
//!
//! Whatever could make the merged report too optimistic takes the more careful value:
//!
//! | part | merged |
//! |---|---|
//! | counts | added up |
//! | date of the report | the oldest: nobody knows what a replica has counted since |
//! | start of the observation, and when an issuer became legacy | the latest |
//! | quiet period, sunset | the longest, the latest; no sunset if a replica has none |
//! | stage | that of the replica that is furthest behind; none if a replica has none |
//! | which issuers are legacy | those that are legacy at any replica |
//! | whether there are only legacy issuers | yes, if a replica knows no other |
//! | users | the union of the sketches, which counts a user of several replicas once; an error if the salts differ |

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::{LegacyIssuer, LegacyUsers, MigrationReport, ReportRow};

/// Why [reports cannot be combined](MigrationReport::merge).
///
/// ```
/// use tower_b2c_auth::migration::{MergeError, MigrationReport};
///
/// assert_eq!(MigrationReport::merge([]).unwrap_err(), MergeError::NoReport);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// No report was given.
    #[error("there is no report")]
    NoReport,
    /// Two replicas hashed their users with different salts, so their counts cannot be combined.
    #[error(
        "the replicas count users with different salts ({one} and {other}); give all of them the same migration.user_salt"
    )]
    OtherSalt {
        /// The id of one replica's salt.
        one: String,
        /// The id of another replica's salt.
        other: String,
    },
}

/// Adds a report to another one. The caller must then work out the verdict.
pub(super) fn reports(
    mut merged: MigrationReport,
    other: MigrationReport,
) -> Result<MigrationReport, MergeError> {
    let legacy_issuers = legacy_issuers(&merged, &other);
    merged.legacy_users = users(merged.legacy_users, other.legacy_users)?;
    if other.observed_since > merged.observed_since {
        merged.observed_since = other.observed_since;
        merged.observation_start = other.observation_start;
    }
    // Nobody knows what the replica with the older report has counted since then.
    merged.generated_at = merged.generated_at.min(other.generated_at);
    merged.quiet_period = merged.quiet_period.max(other.quiet_period);
    let sunsets = merged.sunset.zip(other.sunset);
    merged.sunset = sunsets.map(|(one, other)| one.max(other));
    // A token that one replica still accepts may still be in use. A replica without a stage has no migration, so it accepts all.
    let stages = merged.stage.zip(other.stage);
    merged.stage = stages.map(|(one, other)| one.min(other));
    merged.legacy_issuers = legacy_issuers;
    merged.only_legacy |= other.only_legacy;
    merged.rows.extend(other.rows);
    // An issuer that is legacy at one replica is legacy, even if another replica has older settings.
    for row in &mut merged.rows {
        let mut legacy = merged.legacy_issuers.iter();
        row.legacy |= legacy.any(|legacy| legacy.issuer == row.issuer);
    }
    merged.rows = rows(merged.rows);
    Ok(merged)
}

/// Combines how users are counted. The counts themselves follow later, from the rows.
fn users(
    one: Option<LegacyUsers>,
    other: Option<LegacyUsers>,
) -> Result<Option<LegacyUsers>, MergeError> {
    match (one, other) {
        (Some(one), Some(other)) if one.salt == other.salt => Ok(Some(LegacyUsers {
            since: one.since.max(other.since),
            complete: one.complete && other.complete,
            ..one
        })),
        (Some(one), Some(other)) => Err(MergeError::OtherSalt {
            one: one.salt(),
            other: other.salt(),
        }),
        (Some(counted), None) | (None, Some(counted)) => Ok(Some(LegacyUsers {
            complete: false,
            ..counted
        })),
        (None, None) => Ok(None),
    }
}

/// An issuer has been legacy only for as long as all replicas have treated it as legacy.
fn legacy_issuers(one: &MigrationReport, other: &MigrationReport) -> Vec<LegacyIssuer> {
    let mut merged = BTreeMap::<_, u64>::new();
    for (report, its) in [(one, other), (other, one)] {
        let there = its.legacy_issuers.iter().map(|it| &*it.issuer);
        let there: BTreeSet<_> = there.collect();
        for it in &report.legacy_issuers {
            let is_there = there.contains(&*it.issuer);
            let since = it
                .legacy_since
                .max(if is_there { 0 } else { its.generated_at });
            let known = merged.entry((&it.issuer, &it.authority)).or_default();
            *known = since.max(*known);
        }
    }
    let merged = merged.into_iter();
    let merged = merged.map(|((issuer, authority), legacy_since)| LegacyIssuer {
        issuer: issuer.clone(),
        authority: authority.clone(),
        legacy_since,
    });
    merged.collect()
}

/// Adds up the rows with the same issuer, client application and audience.
fn rows(rows: Vec<ReportRow>) -> Vec<ReportRow> {
    let mut merged = BTreeMap::<_, ReportRow>::new();
    for row in rows {
        match merged.entry(row.key().to_owned()) {
            Entry::Vacant(entry) => drop(entry.insert(row)),
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.legacy |= row.legacy;
                known.accepted = known.accepted.saturating_add(row.accepted);
                known.refused = known.refused.saturating_add(row.refused);
                known.first_seen = known.first_seen.min(row.first_seen);
                known.last_seen = known.last_seen.max(row.last_seen);
                match (&mut known.users, row.users) {
                    (Some(known), Some(users)) => known.add(&users),
                    (None, users) => known.users = users,
                    (Some(_), None) => {}
                }
            }
        }
    }
    merged.into_values().collect()
}
