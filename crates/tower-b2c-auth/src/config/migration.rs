//! Checks the `[migration]` table.
//!
//! A migration needs something to retire: a listed issuer, or an authority with `legacy = true`. Dates are RFC 3339 in UTC, because a sunset in local time
//! would come at another hour on another machine. The notice must fit between the angle brackets of a `Link` header (RFC 8288 §3).

use std::sync::Arc;

use b2c_verify::NumericDate;

use crate::{
    migration::{Announcement, MigrationConfig},
    settings::{MigrationSettings, Mistakes},
    urls::{HttpUrl, issuer_url, microsofts_spelling},
};

impl MigrationSettings {
    pub(super) fn check(
        &self,
        has_legacy_authority: bool,
        mistakes: &mut Mistakes,
    ) -> Option<MigrationConfig> {
        if self.legacy_issuers.is_empty() && !has_legacy_authority {
            let remedy =
                "is empty; name the issuer to retire, or mark an authority with legacy = true";
            mistakes.add("migration.legacy_issuers", &self.legacy_issuers, remedy);
        }
        for issuer in &self.legacy_issuers {
            let usable = issuer_url(issuer).and_then(|()| microsofts_spelling(issuer));
            mistakes.note("migration.legacy_issuers", issuer, usable);
        }
        let sunset = instant("migration.sunset", &self.sunset, mistakes);
        let since = &self.deprecated_since;
        let since = instant("migration.deprecated_since", since, mistakes);
        if let (Some(since), Some(sunset), Some(text)) = (since, sunset, &self.deprecated_since)
            && since > sunset
        {
            let remedy = "is later than migration.sunset; the legacy issuers are deprecated before they are refused (RFC 9745 §4)";
            mistakes.add("migration.deprecated_since", text, remedy);
        }
        if let Some(notice) = &self.notice {
            mistakes.note("migration.notice", notice, notice_url(notice));
        }
        #[cfg(feature = "migration")]
        let user_salt = self.check_user_salt(mistakes);
        #[cfg(not(feature = "migration"))]
        if self.count_users {
            let remedy = "needs the Cargo feature `migration` of tower-b2c-auth";
            mistakes.add("migration.count_users", true, remedy);
        }
        let quiet_period = mistakes.duration("migration.quiet_period", &self.quiet_period)?;
        if quiet_period.as_secs() == 0 {
            let remedy = "must be at least \"1s\"; with a period of zero, every issuer would count as unused";
            mistakes.add("migration.quiet_period", &self.quiet_period, remedy);
        }
        Some(MigrationConfig {
            legacy_issuers: self.legacy_issuers.clone(),
            stage: self.stage,
            sunset,
            quiet_period,
            announcement: Arc::new(Announcement::new(since, sunset, self.notice.as_deref())),
            #[cfg(feature = "migration")]
            user_salt,
        })
    }
}

fn instant(field: &str, text: &Option<String>, mistakes: &mut Mistakes) -> Option<NumericDate> {
    let text = text.as_ref()?;
    let time = humantime::parse_rfc3339(text).map_err(
        |_| "is not a date and time; write it as RFC 3339 in UTC, such as \"2027-03-31T00:00:00Z\"",
    );
    mistakes.note(field, text, time).map(NumericDate::from)
}

fn notice_url(text: &str) -> Result<(), &'static str> {
    // A Link header has the URL in angle brackets.
    match HttpUrl::parse(text) {
        Ok(_) if !text.contains(['<', '>', '"', ' ']) && text.is_ascii() => Ok(()),
        _ => Err("is not a URL; write it in full, starting with https://"),
    }
}
