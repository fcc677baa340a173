//! Warnings about settings that are valid but possibly unintended.

use tower_b2c_auth::{
    Clock as _, MigrationSettings, NumericDate, OtherRoutes, Settings, SystemClock,
};

/// One line each.
pub(crate) fn of(settings: &Settings) -> Vec<String> {
    let mut warnings = Vec::new();
    if settings.danger_report_only {
        let warning = "danger_report_only: no request is refused, not even one without a token";
        warnings.push(warning.to_owned());
    }
    if !settings.routes.is_empty() && settings.routing.otherwise == OtherRoutes::Token {
        let warning = match settings.allow_anonymous {
            true => {
                "routes: with allow_anonymous, a request that no route covers passes without a token"
            }
            false => {
                "routes: a request that no route covers needs a good token and nothing else; routing.otherwise = \"deny\" refuses it"
            }
        };
        warnings.push(warning.to_owned());
    }
    if let Some(migration) = &settings.migration {
        warnings.extend(
            migration
                .legacy_issuers
                .iter()
                .filter_map(|issuer| slash(issuer)),
        );
        warnings.extend(sunset(migration, SystemClock::default().now()));
    }
    warnings
}

/// Issuers are compared byte for byte. B2C's end with a slash, Entra External ID's do not. Neither do those of Entra ID 2.0, but a text without a slash is
/// more often a B2C issuer whose slash was forgotten.
fn slash(issuer: &str) -> Option<String> {
    let missing = !issuer.ends_with('/') && !issuer.contains(".ciamlogin.com/");
    missing.then(|| {
        format!(
            "migration.legacy_issuers = {issuer:?}: B2C's issuers end with a slash, this one does not; issuers are compared byte for byte, so compare this one with the iss of a token"
        )
    })
}

fn sunset(migration: &MigrationSettings, now: NumericDate) -> Option<String> {
    let text = migration.sunset.as_deref()?;
    let sunset: NumericDate = humantime::parse_rfc3339(text).ok()?.into();
    (sunset <= now).then(|| {
        format!("migration.sunset = {text:?}: is in the past, so tokens of the legacy issuers are refused in every stage")
    })
}
