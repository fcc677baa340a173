//! Who used one issuer, as the report shows it.
//!
//! A row names an application and an API, and never a user. What a token says about itself is text from outside: the table for terminals replaces its
//! control characters.

use serde::{Deserialize, Serialize};

use super::{UsageKey, UsageRow, text, usage_row::OTHER_LEGACY, user_sketch::UserSketch};

/// The requests with one issuer, client application and audience, in a [`MigrationReport`](super::MigrationReport). Times are seconds since 1970.
///
/// At most 1000 combinations have their own rows. All further ones share a row with the issuer `(others)`, or `(other legacy tokens)` if they are legacy.
/// Neither names a client application or an audience: there, `client_id` is `None` and `audience` is empty. With
/// [`danger_accept_any_tenant`](crate::AuthoritySettings::danger_accept_any_tenant), the issuer is a template, and no client application is named either.
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
    /// The application that requested the tokens: `azp`, else `appid`. `None` if the tokens have neither, or if it is empty.
    pub client_id: Option<String>,
    /// The API that the tokens are for: the first value of `aud`.
    pub audience: String,
    /// How many requests came with an accepted token.
    pub accepted: u64,
    /// How many requests were refused because the stage was `refuse`.
    pub refused: u64,
    /// When the first request came.
    pub first_seen: u64,
    /// When the last request came.
    pub last_seen: u64,
    /// The users, if the issuer is legacy and users are counted: a sketch, which can be combined with those of other replicas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) users: Option<UserSketch>,
}

impl ReportRow {
    pub(super) fn new(row: &UsageRow, legacy: bool, today: u32) -> Self {
        let (key, counts) = (row.key(), row.counts());
        Self {
            issuer: key.issuer().to_owned(),
            legacy,
            client_id: key.client_id().map(str::to_owned),
            audience: key.audience().to_owned(),
            accepted: counts.accepted,
            refused: counts.refused,
            first_seen: counts.first_seen,
            last_seen: counts.last_seen,
            users: legacy.then(|| row.users.until(today)).flatten(),
        }
    }

    /// The key of the [`UsageRow`] that this row shows.
    pub(super) fn key(&self) -> UsageKey<'_> {
        UsageKey::new(&self.issuer, self.client_id.as_deref(), &self.audience)
    }

    pub(super) fn use_of_legacy(&self) -> String {
        let last = text::date(self.last_seen);
        let were_refused = self.refused > 0 && self.accepted == 0;
        if self.issuer == OTHER_LEGACY {
            let used = if were_refused { "refused" } else { "used" };
            return format!(
                "Legacy tokens without a row of their own were {used}, last at {last}."
            );
        }
        let client = self
            .client_id
            .as_deref()
            .unwrap_or("An application whose tokens have neither azp nor appid");
        let used = if were_refused {
            "was refused with a token of"
        } else {
            "used"
        };
        format!(
            "{client} {used} {} for {}, last at {last}.",
            self.issuer, self.audience
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_says_whether_tokens_were_used_or_refused() {
        let row = |issuer: &str, accepted, refused| ReportRow {
            issuer: issuer.to_owned(),
            legacy: true,
            client_id: Some("app".to_owned()),
            audience: "api".to_owned(),
            accepted,
            refused,
            first_seen: 0,
            last_seen: 0,
            users: None,
        };
        for (row, reason) in [
            (row("old", 1, 1), "app used old for api, "),
            (
                row("old", 0, 1),
                "app was refused with a token of old for api, ",
            ),
            (
                row(OTHER_LEGACY, 1, 0),
                "Legacy tokens without a row of their own were used, ",
            ),
            (
                row(OTHER_LEGACY, 0, 1),
                "Legacy tokens without a row of their own were refused, ",
            ),
        ] {
            let found = row.use_of_legacy();
            assert!(found.starts_with(reason), "{found}");
        }
    }
}
