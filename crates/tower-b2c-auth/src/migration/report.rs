//! Usage → verdict: who uses which issuer, and whether the legacy issuers can be removed.

use std::{fmt, time::Duration};

use b2c_verify::NumericDate;
use serde::{Deserialize, Serialize};

use super::{
    Migration, ObservationStart, Stage, Usage, UsageKey, merge, table, usage_row::Counts,
    verdict::Verdict,
};
use crate::clock::Clock;
use crate::version::Version;

/// Who used which issuer, and whether the legacy issuers can be removed. [`B2cAuthLayer::migration_report`](crate::B2cAuthLayer::migration_report) makes it.
///
/// The verdict is the first of these that applies:
///
/// 1. [`SafeToRemove`](Verdict::SafeToRemove) if no legacy issuer is configured.
/// 2. [`Keep`](Verdict::Keep) if one was used within the quiet period.
/// 3. [`NotEnoughEvidence`](Verdict::NotEnoughEvidence) if an authority's issuer is not known yet, or uses have been counted for less than the quiet period.
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
    version: Version<1>,
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
    /// When this report was made.
    pub generated_at: u64,
    /// The time since which all replicas have counted every use without a gap.
    pub observed_since: u64,
    /// Why the observation started then.
    pub observation_start: ObservationStart,
    /// How long, in seconds, the legacy issuers must be unused before the verdict is [`Verdict::SafeToRemove`].
    pub quiet_period: u64,
    /// One for each issuer, client application and audience. Legacy issuers come first, and within each kind the most recently used.
    pub rows: Vec<ReportRow>,
}

/// A legacy issuer in a [`MigrationReport`].
///
/// ```
/// use tower_b2c_auth::migration::LegacyIssuer;
///
/// let issuer: LegacyIssuer = serde_json::from_str(r#"{ "issuer": "", "authority": "contoso-b2c" }"#)?;
/// assert!(issuer.issuer.is_empty(), "the metadata of contoso-b2c has not been fetched yet");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LegacyIssuer {
    /// The issuer, `iss`. Empty for a legacy authority whose metadata has not been fetched yet: until then, it is not known who used its issuer.
    pub issuer: String,
    /// The name of the authority whose keys sign its tokens.
    pub authority: String,
}

/// The requests with one issuer, client application and audience, in a [`MigrationReport`]. Times are seconds since 1970.
///
/// At most 1000 combinations have rows of their own. Further ones share a row with the issuer `(others)`, and legacy ones a row with
/// `(other legacy tokens)`; neither names a client application.
///
/// ```
/// use tower_b2c_auth::migration::{MigrationReport, ReportRow};
///
/// fn owners_to_notify(report: &MigrationReport) -> Vec<&str> {
///     let legacy = report.rows.iter().filter(|row| row.legacy && row.accepted > 0);
///     legacy.filter_map(|row: &ReportRow| row.client_id.as_deref()).collect()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ReportRow {
    /// The issuer, `iss`.
    pub issuer: String,
    /// Whether the issuer is legacy.
    pub legacy: bool,
    /// The application that requested the tokens: `azp`, else `appid`. `None` if the tokens have neither.
    pub client_id: Option<String>,
    /// The API that the tokens are for: the first value of `aud`.
    pub audience: String,
    /// How many requests were accepted.
    pub accepted: u64,
    /// How many requests were refused because the stage was `refuse`.
    pub refused: u64,
    /// When the first request came.
    pub first_seen: u64,
    /// When the last request came.
    pub last_seen: u64,
}

impl MigrationReport {
    /// `legacy` holds the legacy issuers at this moment, each with the name of its authority.
    pub(crate) fn new(
        usage: &Usage,
        migration: Option<&Migration>,
        legacy: impl IntoIterator<Item = (String, String)>,
        clock: &dyn Clock,
    ) -> Self {
        let (observation, now) = (usage.observation(clock), clock.now());
        let mut legacy_issuers: Vec<_> = legacy.into_iter().map(LegacyIssuer::from).collect();
        legacy_issuers.sort_unstable();
        legacy_issuers.dedup();
        let quiet_period =
            migration.map_or(DEFAULT_QUIET_PERIOD, |migration| migration.quiet_period);
        let report = Self {
            version: Version,
            verdict: Verdict::NotEnoughEvidence,
            reasons: Vec::new(),
            stage: migration.map(|migration| migration.stage_at(now)),
            sunset: migration
                .and_then(|migration| migration.sunset)
                .map(seconds),
            rows: rows(usage, &legacy_issuers),
            legacy_issuers,
            generated_at: seconds(now),
            observed_since: seconds(observation.since),
            observation_start: observation.start,
            quiet_period: quiet_period.as_secs(),
        };
        report.judged()
    }

    /// Combines the reports of several replicas. Counts are added; the observation is as short as that of the replica that started last, and the stage is
    /// that of the replica that is furthest behind. Returns `None` if there is no report.
    pub fn merge(reports: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut reports = reports.into_iter();
        let first = reports.next()?;
        Some(reports.fold(first, merge::reports).judged())
    }

    /// Sorts the rows and works out the verdict.
    fn judged(mut self) -> Self {
        let order = |row: &ReportRow| {
            let use_of = (
                row.issuer.clone(),
                row.client_id.clone(),
                row.audience.clone(),
            );
            (!row.legacy, u64::MAX - row.last_seen, use_of)
        };
        self.rows.sort_by_cached_key(order);
        (self.verdict, self.reasons) = self.verdict();
        self
    }

    fn verdict(&self) -> (Verdict, Vec<String>) {
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
        let untold = self.legacy_issuers.iter().filter(|it| it.issuer.is_empty());
        let untold: Vec<_> = untold.map(LegacyIssuer::is_untold).collect();
        if !untold.is_empty() {
            return (Verdict::NotEnoughEvidence, untold);
        }
        let (since, needed) = (
            table::date(self.observed_since),
            table::duration(self.quiet_period),
        );
        let observed = self.generated_at.saturating_sub(self.observed_since);
        if observed < self.quiet_period {
            let observed = table::duration(observed);
            let reasons = vec![
                format!(
                    "No legacy issuer was used recently, but uses have been counted without a gap only since {since}: for {observed} of the {needed} that are needed."
                ),
                self.observation_start.to_string(),
            ];
            return (Verdict::NotEnoughEvidence, reasons);
        }
        let reason = format!(
            "No legacy issuer was used for {needed}; uses have been counted without a gap since {since}."
        );
        (Verdict::SafeToRemove, vec![reason])
    }
}

impl ReportRow {
    fn new(key: &UsageKey<'_>, legacy: bool, counts: Counts) -> Self {
        Self {
            issuer: key.issuer().to_owned(),
            legacy,
            client_id: key.client_id().map(str::to_owned),
            audience: key.audience().to_owned(),
            accepted: counts.accepted,
            refused: counts.refused,
            first_seen: counts.first_seen,
            last_seen: counts.last_seen,
        }
    }

    fn use_of_legacy(&self) -> String {
        let client = self
            .client_id
            .as_deref()
            .unwrap_or("an application without azp and appid");
        let used = if self.refused > 0 && self.accepted == 0 {
            "was refused with a token of"
        } else {
            "used"
        };
        format!(
            "{client} {used} {} for {}, last at {}.",
            self.issuer,
            self.audience,
            table::date(self.last_seen)
        )
    }
}

impl LegacyIssuer {
    fn is_untold(&self) -> String {
        format!(
            "The issuer of the legacy authority {:?} is not known, because its metadata has not been fetched.",
            self.authority
        )
    }
}

impl From<(String, String)> for LegacyIssuer {
    fn from((issuer, authority): (String, String)) -> Self {
        Self { issuer, authority }
    }
}

impl fmt::Display for MigrationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::write(self, f)
    }
}

impl fmt::Display for ObservationStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstStart => f.write_str("Nothing had been counted before."),
            Self::AfterGap { gap_since } => write!(
                f,
                "Uses after {} were lost until then: the process was not running, or it did not save what it counted.",
                table::date(*gap_since)
            ),
            Self::ClockChanged => f.write_str(
                "At that time the clock was changed, or the machine resumed after it was suspended.",
            ),
        }
    }
}

/// A row is legacy if its issuer is legacy now. The shared rows have no issuer, so whether their tokens were legacy was noted when they were counted.
fn rows(usage: &Usage, legacy_issuers: &[LegacyIssuer]) -> Vec<ReportRow> {
    let is_legacy = |issuer: &str| legacy_issuers.iter().any(|legacy| legacy.issuer == issuer);
    let others = usage.others();
    let rows = usage.rows();
    let rows = rows
        .iter()
        .map(|row| (&**row, is_legacy(row.key().issuer())));
    rows.chain([(others, false)])
        .chain(others.legacy().map(|legacy| (legacy, true)))
        .filter(|(row, _)| row.is_used())
        .map(|(row, legacy)| ReportRow::new(row.key(), legacy, row.counts()))
        .collect()
}

fn seconds(date: NumericDate) -> u64 {
    date.as_unix().as_secs()
}

/// A week: in less time, an application that runs only on weekdays would go unnoticed.
pub(crate) const DEFAULT_QUIET_PERIOD: Duration = Duration::from_secs(7 * 86_400);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::ManualClock;

    fn pairs(issuers: &[&str]) -> Vec<(String, String)> {
        let pair = |issuer: &&str| ((*issuer).to_owned(), "contoso".to_owned());
        issuers.iter().map(pair).collect()
    }

    #[test]
    fn whether_a_row_is_legacy_is_asked_for_each_report() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let usage = Usage::new(&clock);
        let row = usage.row(&UsageKey::new("https://a.example", Some("app"), "api"));
        // Counted before anybody knew that its issuer is legacy.
        row.count(clock.now(), false, true);
        let report = |issuers| MigrationReport::new(&usage, None, pairs(issuers), &clock);
        assert_eq!(report(&[]).verdict, Verdict::SafeToRemove);
        assert!(!report(&[]).rows[0].legacy);
        let legacy = report(&["https://a.example"]);
        assert!(legacy.rows[0].legacy);
        assert_eq!(legacy.verdict, Verdict::Keep);
        let expected = json!([{ "issuer": "https://a.example", "authority": "contoso" }]);
        assert_eq!(json!(legacy.legacy_issuers), expected);
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
        let report = MigrationReport::new(&usage, None, [], &clock);
        let found: Vec<_> = report.rows.iter().map(|row| &row.audience).collect();
        assert_eq!(found, audiences.iter().collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_safe_to_remove_while_a_legacy_authority_has_not_told_its_issuer() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let usage = Usage::new(&clock);
        clock.advance(DEFAULT_QUIET_PERIOD);
        let report = |issuers| MigrationReport::new(&usage, None, pairs(issuers), &clock);
        assert_eq!(
            report(&["https://a.example"]).verdict,
            Verdict::SafeToRemove
        );
        let untold = report(&["https://a.example", ""]);
        assert_eq!(untold.verdict, Verdict::NotEnoughEvidence);
        assert!(untold.reasons[0].contains("\"contoso\" is not known"));
        assert!(
            untold
                .to_string()
                .contains("legacy issuer\n(not known yet)\nauthority contoso")
        );
    }

    #[test]
    fn a_report_of_another_version_is_refused() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let report = MigrationReport::new(&Usage::new(&clock), None, pairs(&[]), &clock);
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(
            serde_json::from_str::<MigrationReport>(&json).unwrap(),
            report
        );
        let later = json.replace(r#"{"version":1,"#, r#"{"version":2,"new":0,"#);
        let error = serde_json::from_str::<MigrationReport>(&later).unwrap_err();
        assert!(error.to_string().starts_with("its version is 2"), "{error}");
        let unversioned = json.replace(r#""version":1,"#, "");
        serde_json::from_str::<MigrationReport>(&unversioned).unwrap_err();
    }
}
