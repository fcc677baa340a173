//! Usage ─▶ verdict: who uses which issuer, and whether the legacy issuers can be removed.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    LegacyIssuer, LegacyUsers, MergeError, MigrationConfig, ObservationStart, ReportRow, Stage,
    Usage, day_of, merge, table, verdict::Verdict,
};
use crate::{clock::Clock, version::Version};

/// Who used which issuer, and whether the legacy issuers can be removed. [`B2cAuthLayer::migration_report`](crate::B2cAuthLayer::migration_report) makes it.
///
/// The verdict is the first of these that applies:
///
/// 1. [`SafeToRemove`](Verdict::SafeToRemove) if no legacy issuer is configured.
/// 2. [`Keep`](Verdict::Keep) if one was used within the quiet period.
/// 3. [`NotEnoughEvidence`](Verdict::NotEnoughEvidence) if a legacy authority's issuer is not known yet, if there is a legacy issuer that no authority is
///    known to have, if there are [only legacy issuers](Self::only_legacy), if uses have been counted for less than the quiet period, or if, within that period, an issuer became legacy, a token of a legacy
///    issuer was not judged, or a legacy issuer had no keys.
/// 4. [`SafeToRemove`](Verdict::SafeToRemove).
///
/// `Display` writes a table, serde reads and writes JSON. Times are seconds since 1970. Reading fails if the JSON has another version or
/// fields that this version does not know; [`merge`](Self::merge) therefore never mixes versions.
///
/// A replica counts only its own requests: before you trust the verdict, merge the reports of all replicas.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, MigrationSettings, b2c, migration::{MigrationReport, Verdict}};
///
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_signupsignin1"))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .migration(MigrationSettings::from_issuer("https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/"))
///     .build()?;
/// let report = auth.migration_report();
/// // Nobody has used the legacy issuer, but for less than a week.
/// assert_eq!(report.verdict, Verdict::NotEnoughEvidence);
/// assert!(report.to_string().starts_with("verdict: not enough evidence"));
///
/// let both = MigrationReport::merge([report.clone(), report]).unwrap();
/// assert_eq!(both.verdict, Verdict::NotEnoughEvidence);
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MigrationReport {
    version: Version<3>,
    /// Whether the legacy issuers can be removed.
    pub verdict: Verdict,
    /// The reasons for the verdict, in whole sentences.
    pub reasons: Vec<String>,
    /// The stage at `generated_at`. `None` if the settings have no `[migration]`.
    pub stage: Option<Stage>,
    /// When the stage becomes `refuse` automatically. `None` if no such time is set.
    pub sunset: Option<u64>,
    /// The legacy issuers, each with the authority it belongs to.
    pub legacy_issuers: Vec<LegacyIssuer>,
    /// Whether a replica knows only legacy issuers, although not all of its authorities are legacy: if the legacy issuers were removed, it would accept no
    /// token.
    pub only_legacy: bool,
    /// When this report was made, or the oldest of those that were merged. All replicas have counted up to this time.
    pub generated_at: u64,
    /// The time since which all replicas have counted every use without a gap.
    pub observed_since: u64,
    /// Why the observation started then.
    pub observation_start: ObservationStart,
    /// How long, in seconds, the legacy issuers must be unused before the verdict is [`Verdict::SafeToRemove`].
    pub quiet_period: u64,
    /// How many users still have tokens of a legacy issuer. `None` if [users are not counted](crate::MigrationSettings::count_users).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy_users: Option<LegacyUsers>,
    /// One row for each issuer, client application and audience. The rows of legacy issuers come first. Within each group, the most recently used come
    /// first.
    pub rows: Vec<ReportRow>,
}

impl MigrationReport {
    /// `legacy_issuers` are the current ones, in order.
    pub(crate) fn new(
        usage: &Usage,
        migration: Option<&MigrationConfig>,
        legacy_issuers: Vec<LegacyIssuer>,
        only_legacy: bool,
        clock: &dyn Clock,
    ) -> Self {
        let (observation, now) = (usage.observation(clock), clock.now());
        let quiet_period =
            migration.map_or(DEFAULT_QUIET_PERIOD, |migration| migration.quiet_period);
        let today = day_of(now);
        let counting = usage.users();
        let report = Self {
            version: Version,
            verdict: Verdict::NotEnoughEvidence,
            reasons: Vec::new(),
            stage: migration.map(|migration| migration.stage_at(now)),
            sunset: migration.and_then(|migration| Some(migration.sunset?.as_secs())),
            rows: rows(usage, &legacy_issuers, today),
            legacy_issuers,
            only_legacy,
            legacy_users: counting.map(|counting| LegacyUsers::new(counting, today)),
            generated_at: now.as_secs(),
            observed_since: observation.since.as_secs(),
            observation_start: observation.start,
            quiet_period: quiet_period.as_secs(),
        };
        report.judged()
    }

    /// Combines the reports of several replicas. Counts are added; the observation begins at the latest of their starts and ends with the oldest report,
    /// and the stage is that of the replica that is furthest behind. A user who was seen by several replicas counts once.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, MigrationSettings, b2c, migration::{MigrationReport, Verdict}};
    ///
    /// let replica = |stage| {
    ///     let legacy = MigrationSettings::from_issuer("https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/");
    ///     let migration = MigrationSettings { stage, ..legacy };
    ///     B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").migration(migration).build()
    /// };
    /// use tower_b2c_auth::migration::Stage;
    /// let reports = [replica(Stage::Accept)?.migration_report(), replica(Stage::Announce)?.migration_report()];
    /// // As replicas send them: JSON.
    /// let received = serde_json::from_str::<Vec<MigrationReport>>(&serde_json::to_string(&reports)?)?;
    /// let merged = MigrationReport::merge(received)?;
    /// assert_eq!((merged.stage, merged.verdict), (Some(Stage::Accept), Verdict::NotEnoughEvidence));
    ///
    /// assert!(MigrationReport::merge([]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no report, or if users were counted with different salts.
    pub fn merge(reports: impl IntoIterator<Item = Self>) -> Result<Self, MergeError> {
        let mut reports = reports.into_iter();
        let first = reports.next().ok_or(MergeError::NoReport)?;
        Ok(reports.try_fold(first, merge::reports)?.judged())
    }

    /// Sorts the rows, counts their users and works out the verdict.
    fn judged(mut self) -> Self {
        let order = |row: &ReportRow| (!row.legacy, u64::MAX - row.last_seen, row.key().to_owned());
        self.rows.sort_by_cached_key(order);
        if let Some(users) = &mut self.legacy_users {
            let legacy_since = self.legacy_issuers.iter().map(|it| it.legacy_since);
            let since = legacy_since.chain([self.observed_since]).max();
            users.since = users.since.max(since.unwrap_or_default());
            users.count(&self.rows);
        }
        (self.verdict, self.reasons) = self.verdict();
        self
    }
}

impl fmt::Display for MigrationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::write(self, f)
    }
}

/// A row is legacy if its issuer is legacy now. The shared rows have no issuer, so their tokens were classified when they were counted.
fn rows(usage: &Usage, legacy_issuers: &[LegacyIssuer], today: u32) -> Vec<ReportRow> {
    let is_legacy = |issuer: &str| legacy_issuers.iter().any(|legacy| legacy.issuer == issuer);
    let others = &*usage.others;
    let rows = usage.rows();
    let rows = rows
        .iter()
        .map(|row| (&**row, is_legacy(row.key().issuer())));
    rows.chain([(others, false)])
        .chain(others.legacy().map(|legacy| (legacy, true)))
        .filter(|(row, _)| row.is_used())
        .map(|(row, legacy)| ReportRow::new(row, legacy, today))
        .collect()
}

/// A week: in less time, an application that runs only on weekdays would go unnoticed.
pub(crate) const DEFAULT_QUIET_PERIOD: Duration = Duration::from_secs(7 * 86_400);

#[cfg(test)]
mod tests {
    use b2c_verify::NumericDate;
    use serde_json::json;

    use super::*;
    use crate::{clock::ManualClock, migration::UsageKey};

    /// Issuers that have been legacy since the start.
    fn legacy(issuers: &[&str]) -> Vec<LegacyIssuer> {
        let since = NumericDate::from_secs(1_800_000_000);
        let legacy = |issuer: &&str| LegacyIssuer::new(issuer, "contoso", since);
        issuers.iter().map(legacy).collect()
    }

    #[test]
    fn each_report_looks_up_whether_a_row_is_legacy() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let usage = Usage::new(&clock);
        let row = usage.row(&UsageKey::new("https://a.example", Some("app"), "api"));
        // Counted before its issuer was known to be legacy.
        row.count(clock.now(), false, true);
        let report = |issuers| MigrationReport::new(&usage, None, legacy(issuers), false, &clock);
        assert_eq!(report(&[]).verdict, Verdict::SafeToRemove);
        assert!(!report(&[]).rows[0].legacy);
        let of_legacy = report(&["https://a.example"]);
        assert!(of_legacy.rows[0].legacy);
        assert_eq!(of_legacy.verdict, Verdict::Keep);
        let expected = json!([{
            "issuer": "https://a.example",
            "authority": "contoso",
            "legacy_since": 1_800_000_000,
        }]);
        assert_eq!(json!(of_legacy.legacy_issuers), expected);
        assert!(!report(&["https://b.example"]).rows[0].legacy);
    }

    #[test]
    fn rows_of_one_application_are_in_the_order_of_their_audiences() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let usage = Usage::new(&clock);
        let audiences: Vec<_> = (10..30).map(|number| format!("api{number}")).collect();
        for audience in &audiences {
            let key = UsageKey::new("https://a.example", Some("app"), audience);
            usage.row(&key).count(clock.now(), false, true);
        }
        let report = MigrationReport::new(&usage, None, legacy(&[]), false, &clock);
        let found: Vec<_> = report.rows.iter().map(|row| &row.audience).collect();
        assert_eq!(found, audiences.iter().collect::<Vec<_>>());
    }

    #[test]
    fn no_issuer_is_safe_to_remove_while_a_legacy_authority_is_undiscovered() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let usage = Usage::new(&clock);
        clock.advance(DEFAULT_QUIET_PERIOD);
        let report = |issuers| MigrationReport::new(&usage, None, legacy(issuers), false, &clock);
        assert_eq!(
            report(&["https://a.example"]).verdict,
            Verdict::SafeToRemove
        );
        let undiscovered = report(&["", "https://a.example"]);
        assert_eq!(undiscovered.verdict, Verdict::NotEnoughEvidence);
        assert!(undiscovered.reasons[0].contains("\"contoso\" is not known"));
        assert!(
            undiscovered
                .to_string()
                .contains("legacy issuer\n(not known yet)\nauthority contoso")
        );
    }

    #[test]
    fn the_sunset_of_replicas_is_the_latest_and_none_if_one_has_none() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let usage = Usage::new(&clock);
        let report = |sunset| MigrationReport {
            sunset,
            ..MigrationReport::new(&usage, None, legacy(&[]), false, &clock)
        };
        for (one, other, expected) in [
            (Some(1), Some(2), Some(2)),
            (Some(2), Some(1), Some(2)),
            (Some(1), None, None),
            (None, Some(1), None),
        ] {
            let merged = MigrationReport::merge([report(one), report(other)]).unwrap();
            assert_eq!(merged.sunset, expected);
        }
    }

    /// The bug: the report showed the other replica's stage.
    #[test]
    fn replicas_have_no_stage_if_one_has_no_migration() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let usage = Usage::new(&clock);
        let report = |stage| MigrationReport {
            stage,
            ..MigrationReport::new(&usage, None, legacy(&["a"]), false, &clock)
        };
        for (stages, expected) in [
            (
                [Some(Stage::Refuse), Some(Stage::Accept)],
                Some(Stage::Accept),
            ),
            ([Some(Stage::Refuse), None], None),
            ([None, Some(Stage::Refuse)], None),
        ] {
            let merged = MigrationReport::merge(stages.map(report)).unwrap();
            assert_eq!(merged.stage, expected);
        }
    }

    #[test]
    fn an_issuer_is_legacy_at_all_replicas_only_since_the_last_of_them_says_so() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let usage = Usage::new(&clock);
        clock.advance(DEFAULT_QUIET_PERIOD);
        let report = |issuers| MigrationReport::new(&usage, None, legacy(issuers), false, &clock);
        let with = || report(&["https://a.example"]);
        let mut later = with();
        later.legacy_issuers[0].legacy_since += 86_400;
        let merged = |one, other| MigrationReport::merge([one, other]).unwrap();
        assert_eq!(merged(with(), with()).verdict, Verdict::SafeToRemove);
        for merged in [merged(with(), later.clone()), merged(later, with())] {
            assert_eq!(merged.verdict, Verdict::NotEnoughEvidence);
            assert_eq!(
                merged.reasons,
                [
                    "The evidence about https://a.example begins at 2027-01-16T08:00:00Z: before, the issuer was not legacy, or not all of its tokens were judged, or there were no keys for it. The evidence covers 6 days of the 7 days that are needed."
                ]
            );
        }
        for merged in [merged(with(), report(&[])), merged(report(&[]), with())] {
            assert_eq!(merged.verdict, Verdict::NotEnoughEvidence);
            assert_eq!(merged.legacy_issuers[0].legacy_since, merged.generated_at);
        }
    }

    #[test]
    fn an_old_report_is_no_evidence_for_the_time_since() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let (usage, restarted) = (Usage::new(&clock), Usage::new(&clock));
        let report = |usage| {
            MigrationReport::new(usage, None, legacy(&["https://a.example"]), false, &clock)
        };
        clock.advance(Duration::from_secs(86_400));
        let old = report(&restarted);
        clock.advance(DEFAULT_QUIET_PERIOD);
        let new = || report(&usage);
        assert_eq!(new().verdict, Verdict::SafeToRemove);
        for reports in [[old.clone(), new()], [new(), old.clone()]] {
            let merged = MigrationReport::merge(reports).unwrap();
            assert_eq!(merged.verdict, Verdict::NotEnoughEvidence);
            assert_eq!(merged.generated_at, old.generated_at);
            assert!(
                merged.reasons[0].contains("for 1 day of the 7 days"),
                "{merged}"
            );
        }
    }

    #[test]
    fn a_report_of_another_version_is_refused() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let report = MigrationReport::new(&Usage::new(&clock), None, legacy(&[]), false, &clock);
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(
            serde_json::from_str::<MigrationReport>(&json).unwrap(),
            report
        );
        let later = json.replace(r#"{"version":3,"#, r#"{"version":4,"new":0,"#);
        let error = serde_json::from_str::<MigrationReport>(&later).unwrap_err();
        assert!(error.to_string().starts_with("its version is 4"), "{error}");
        let unversioned = json.replace(r#""version":3,"#, "");
        serde_json::from_str::<MigrationReport>(&unversioned).unwrap_err();
    }
}
