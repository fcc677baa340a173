//! The `[migration]` table.

use std::sync::Arc;

use b2c_verify::NumericDate;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{authority::issuer_url, error::Mistakes, text_duration::TextDuration};
use crate::migration::{Announcement, Migration, Stage};

/// A move from one issuer to another: which one is to go, how far the move is, and when it ends.
///
/// A legacy issuer with the same keys as the authorities is named in `legacy_issuers`; one with keys of its own is an authority with
/// `legacy = true`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MigrationSettings {
    /// Issuers that are to go, accepted with the keys of every authority that is not legacy itself; compared byte for byte.
    pub legacy_issuers: Vec<String>,
    /// What happens to their tokens: `accept`, `announce` or `refuse`. Default `accept`.
    pub stage: Stage,
    /// The instant (RFC 3339) from which they are refused, whatever the stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sunset: Option<String>,
    /// The instant (RFC 3339) since which they are deprecated, for the `Deprecation` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated_since: Option<String>,
    /// The URL of what the clients' owners should read, for the `Link` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// How long nobody must have used a legacy issuer before the report says that it can go. Default `7d`.
    pub quiet_period: TextDuration,
}

impl MigrationSettings {
    /// A migration away from this issuer, at its first stage.
    pub fn from_issuer(legacy: impl Into<String>) -> Self {
        Self {
            legacy_issuers: vec![legacy.into()],
            ..Self::default()
        }
    }

    pub(super) fn check(
        &self,
        has_legacy_authority: bool,
        mistakes: &mut Mistakes,
    ) -> Option<Migration> {
        if self.legacy_issuers.is_empty() && !has_legacy_authority {
            mistakes.add(
                "migration.legacy_issuers",
                &self.legacy_issuers,
                "is empty; name the issuer that is to go, or mark an authority with legacy = true",
            );
        }
        for issuer in &self.legacy_issuers {
            mistakes.note("migration.legacy_issuers", issuer, issuer_url(issuer));
        }
        let sunset = instant("migration.sunset", self.sunset.as_deref(), mistakes);
        let since = instant(
            "migration.deprecated_since",
            self.deprecated_since.as_deref(),
            mistakes,
        );
        if let Some(notice) = &self.notice {
            mistakes.note("migration.notice", notice, notice_url(notice));
        }
        let quiet_period = mistakes.note(
            "migration.quiet_period",
            &self.quiet_period,
            self.quiet_period.parse(),
        )?;
        Some(Migration {
            legacy_issuers: self.legacy_issuers.clone(),
            stage: self.stage,
            sunset,
            quiet_period,
            announcement: Arc::new(Announcement::new(since, sunset, self.notice.as_deref())),
        })
    }
}

impl Default for MigrationSettings {
    fn default() -> Self {
        Self {
            legacy_issuers: Vec::new(),
            stage: Stage::default(),
            sunset: None,
            deprecated_since: None,
            notice: None,
            quiet_period: "7d".into(),
        }
    }
}

fn instant(field: &str, text: Option<&str>, mistakes: &mut Mistakes) -> Option<NumericDate> {
    let text = text?;
    match humantime::parse_rfc3339(text) {
        Ok(time) => Some(time.into()),
        Err(_) => {
            mistakes.add(
                field,
                text,
                "is not an instant; write it as RFC 3339 in UTC, such as \"2027-03-31T00:00:00Z\"",
            );
            None
        }
    }
}

fn notice_url(text: &str) -> Result<(), &'static str> {
    // In a Link header the URL stands between angle brackets.
    match Url::parse(text) {
        Ok(url)
            if matches!(url.scheme(), "https" | "http")
                && !text.contains(['<', '>', '"', ' '])
                && text.is_ascii() =>
        {
            Ok(())
        }
        _ => Err("is not a URL; write it in full, starting with https://"),
    }
}
