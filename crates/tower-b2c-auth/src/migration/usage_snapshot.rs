//! Usage ─▶ JSON ─▶ usage, so that a restart keeps the evidence.
//!
//! The date of the snapshot goes with the counts. On restoring, the time since then must be at most two minutes, or the observation starts over; the counts
//! and the last uses stay. Dates in the future, which a clock that was ahead has left, are moved back to now.

use std::{collections::BTreeMap, sync::Arc};

use b2c_verify::NumericDate;
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

use super::{
    ObservationStart, Usage, UsageKey, UsageRow,
    observation::{Observation, Observer},
    usage::MAX_ROWS,
    usage_row::Counts,
    user_counts::UserCounting,
    user_days::{SavedDay, UserDays},
};
use crate::{clock::Clock, version::Version};

/// Who used which issuer, at one moment. Save the result of [`usage_snapshot`](crate::B2cAuthLayer::usage_snapshot) as JSON, and give it to the next
/// process with [`B2cAuthBuilder::usage_snapshot`](crate::B2cAuthBuilder::usage_snapshot).
///
/// It has issuers, client applications, audiences, counts and times. If [users are counted](crate::MigrationSettings::count_users), it also has sketches of
/// hashes, which identify nobody; they are dropped if the settings have another salt. Reading it fails if it has another version, or fields that this
/// version does not know.
///
/// If the next process starts more than two minutes after the snapshot was taken, or with an earlier clock, the counts are kept but the quiet period starts
/// over, because uses in between would have gone unnoticed. So save a snapshot every minute, and once more at shutdown.
///
/// ```
/// use std::time::Duration;
/// use tower_b2c_auth::{B2cAuthLayer, ManualClock, NumericDate, b2c, migration::ObservationStart};
///
/// let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
/// let builder = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").clock(clock.clone());
/// let saved = serde_json::to_string(&builder.clone().build()?.usage_snapshot())?;
/// let restart = || -> Result<_, Box<dyn std::error::Error>> {
///     let auth = builder.clone().usage_snapshot(serde_json::from_str(&saved)?).build()?;
///     Ok(auth.migration_report().observation_start)
/// };
///
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(restart()?, ObservationStart::FirstStart);
///
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(restart()?, ObservationStart::AfterGap { gap_since: 1_800_000_000 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageSnapshot {
    version: Version<2>,
    /// Seconds since 1970, like all times here.
    taken_at: u64,
    observed_since: u64,
    observation_start: ObservationStart,
    /// The time since which each legacy issuer has been observed as legacy.
    legacy_since: BTreeMap<String, u64>,
    /// `None` if users are not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    users: Option<UserCounting>,
    rows: Vec<SavedRow>,
    others: Counts,
    other_legacy: Counts,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    users_of_other_legacy: Vec<SavedDay>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedRow {
    issuer: String,
    client_id: Option<String>,
    audience: String,
    counts: Counts,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    users: Vec<SavedDay>,
}

impl Usage {
    /// What has been counted so far.
    pub(crate) fn snapshot(&self, clock: &dyn Clock) -> UsageSnapshot {
        let observation = self.observation(clock);
        let other_legacy = self.others.legacy();
        UsageSnapshot {
            version: Version,
            taken_at: clock.now().as_secs(),
            observed_since: observation.since.as_secs(),
            observation_start: observation.start,
            legacy_since: self.legacy_since.lock().clone(),
            users: self.users(),
            rows: self.rows().iter().map(|row| SavedRow::new(row)).collect(),
            others: self.others.counts(),
            other_legacy: other_legacy.map(UsageRow::counts).unwrap_or_default(),
            users_of_other_legacy: other_legacy
                .map(|row| row.users.saved())
                .unwrap_or_default(),
        }
    }

    /// Continues from a snapshot. Counts and last uses are kept; the observation starts over if, for longer than [`MAX_GAP`](crate::clock::MAX_GAP), no
    /// process was counting, or if the snapshot has a later date than the clock.
    pub(crate) fn restored(snapshot: &UsageSnapshot, clock: &dyn Clock) -> Self {
        let observation = Observation {
            since: NumericDate::from_secs(snapshot.observed_since),
            start: snapshot.observation_start,
        };
        let taken_at = NumericDate::from_secs(snapshot.taken_at);
        let rows = snapshot.rows.iter().take(MAX_ROWS).map(SavedRow::restored);
        let legacy_since = snapshot.legacy_since.clone().into_iter().take(MAX_ROWS);
        let users = UserDays::restored(&snapshot.users_of_other_legacy);
        let others = UsageRow::restored_others(snapshot.others, snapshot.other_legacy, users);
        let usage = Self {
            observer: Mutex::new(Observer::resumed(observation, taken_at, clock)),
            users: Mutex::new(snapshot.users),
            rows: RwLock::new(rows.map(|row| (row.key().clone(), Arc::new(row))).collect()),
            legacy_since: Mutex::new(legacy_since.collect()),
            others: Arc::new(others),
        };
        usage.limit_last_uses(clock.now());
        usage
    }
}

impl SavedRow {
    fn new(row: &UsageRow) -> Self {
        let key = row.key();
        Self {
            issuer: key.issuer().to_owned(),
            client_id: key.client_id().map(str::to_owned),
            audience: key.audience().to_owned(),
            counts: row.counts(),
            users: row.users.saved(),
        }
    }

    fn restored(&self) -> UsageRow {
        let key = UsageKey::new(&self.issuer, self.client_id.as_deref(), &self.audience);
        UsageRow::restored(key.to_owned(), self.counts, UserDays::restored(&self.users))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{clock::ManualClock, migration::Usage};

    #[test]
    fn a_snapshot_that_is_not_understood_is_refused() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let usage = Usage::new(&clock);
        let key = UsageKey::new("https://a.example", Some("app"), "api");
        usage
            .row(&key)
            .count(NumericDate::from_secs(1), false, true);
        let good = serde_json::to_value(usage.snapshot(&clock)).unwrap();
        let read = |document: &Value| {
            let text = serde_json::to_string(document).unwrap();
            serde_json::from_str::<UsageSnapshot>(&text).map_err(|error| error.to_string())
        };
        assert_eq!(read(&good), Ok(usage.snapshot(&clock)));

        let changed = |change: fn(&mut Value)| {
            let mut document = good.clone();
            change(&mut document);
            read(&document).unwrap_err()
        };
        let earlier_version = changed(|document| document["version"] = json!(1));
        assert!(earlier_version.contains("its version is 1, but only version 2"));
        let later_version = changed(|document| document["version"] = json!(3));
        assert!(later_version.contains("its version is 3, but only version 2"));
        let no_version = changed(|document| {
            document.as_object_mut().unwrap().remove("version");
        });
        assert!(no_version.contains("missing field `version`"));
        assert!(changed(|document| document["new"] = json!(1)).contains("unknown field `new`"));
        let in_row = changed(|document| document["rows"][0]["new"] = json!(1));
        assert!(in_row.contains("unknown field `new`"));
        let in_counts = changed(|document| document["others"]["new"] = json!(1));
        assert!(in_counts.contains("unknown field `new`"));
    }

    #[test]
    fn a_later_version_is_refused_for_its_version_and_not_for_its_fields() {
        let later = r#"{"version":3,"new_field":{},"rows":"elsewhere"}"#;
        let error = serde_json::from_str::<UsageSnapshot>(later).unwrap_err();
        assert!(error.to_string().contains("its version is 3"), "{error}");
    }
}
