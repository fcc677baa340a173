//! A report as text for a terminal of 80 columns.

use std::fmt;

use super::{
    LegacyIssuer, LegacyUsers, MigrationReport, ReportRow,
    text::{date, duration, printable, write_wrapped},
    usage_row::OTHER_LEGACY,
};

/// ```text
/// verdict: keep
///   11112222-bbbb-3333-cccc-4444dddd5555 used
///   https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/
///   for 00001111-aaaa-2222-bbbb-3333cccc4444, last at 2027-01-15T08:00:00Z.
/// stage: announce, refuse from 2027-03-31T00:00:00Z
/// counted without a gap since 2027-01-08T08:00:00Z, quiet period 7 days
///
/// users of legacy issuers since 2027-01-09T00:00:00Z
/// standard error 3.3 %, salt 0f1e2d3c4b5a6978
///   application                           users
///   11112222-bbbb-3333-cccc-4444dddd5555      7
///   all                                       7
///
/// legacy issuer
/// https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/
/// authority contoso-b2c
/// audience 00001111-aaaa-2222-bbbb-3333cccc4444
///   application                           accepted  refused  last used
///   11112222-bbbb-3333-cccc-4444dddd5555        12        0  2027-01-15T08:00:00Z
/// ```
pub(super) fn write(report: &MigrationReport, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "verdict: {}", report.verdict)?;
    for reason in &report.reasons {
        write_wrapped(reason, f)?;
    }
    if let Some(stage) = report.stage {
        write!(f, "stage: {stage}")?;
        if let Some(sunset) = report.sunset {
            write!(f, ", refuse from {}", date(sunset))?;
        }
        writeln!(f)?;
    }
    writeln!(
        f,
        "counted without a gap since {}, quiet period {}",
        date(report.observed_since),
        duration(report.quiet_period)
    )?;
    if let Some(users) = &report.legacy_users {
        write_users(users, f)?;
    }
    let has_others = report.rows.iter().any(|row| row.issuer == OTHER_LEGACY);
    let unused_text = if has_others {
        "not used, or counted among the other legacy tokens"
    } else {
        "not used"
    };
    for legacy in unused(report) {
        writeln!(f)?;
        write_issuer(report, &legacy.issuer, true, f)?;
        if !legacy.issuer.is_empty() {
            writeln!(f, "  {unused_text}")?;
        }
    }
    let mut rest: Vec<_> = report.rows.iter().collect();
    while let Some(first) = rest.first().copied() {
        let (group, others): (Vec<_>, Vec<_>) = rest
            .into_iter()
            .partition(|row| row.issuer == first.issuer && row.audience == first.audience);
        write_group(report, first, &group, f)?;
        rest = others;
    }
    Ok(())
}

fn write_users(users: &LegacyUsers, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let permille = users.standard_error_permille;
    let (percent, tenths) = (permille / 10, permille % 10);
    let (since, salt) = (date(users.since), users.salt());
    writeln!(f, "\nusers of legacy issuers since {since}")?;
    writeln!(f, "standard error {percent}.{tenths} %, salt {salt}")?;
    if !users.complete {
        writeln!(f, "not every replica counts users: the numbers are too low")?;
    }
    let applications = users.applications.iter().map(|application| {
        let name = printable(application.client_id.as_deref().unwrap_or("-"));
        (name, application.users.to_string())
    });
    let rows: Vec<_> = std::iter::once(("application".to_owned(), "users".to_owned()))
        .chain(applications)
        .chain([("all".to_owned(), users.total.to_string())])
        .collect();
    let names = rows.iter().map(|(name, _)| name.chars().count());
    let width = names.max().unwrap_or(0);
    let numbers = rows.iter().map(|(_, users)| users.len());
    let number_width = numbers.max().unwrap_or(0);
    for (name, users) in &rows {
        writeln!(f, "  {name:width$}  {users:>number_width$}")?;
    }
    Ok(())
}

/// Legacy issuers without a row.
fn unused(report: &MigrationReport) -> Vec<&LegacyIssuer> {
    let is_used = |issuer: &str| report.rows.iter().any(|row| row.issuer == issuer);
    let mut unused: Vec<_> = report
        .legacy_issuers
        .iter()
        .filter(|legacy| !is_used(&legacy.issuer))
        .collect();
    unused.dedup_by_key(|legacy| &legacy.issuer);
    unused
}

fn write_issuer(
    report: &MigrationReport,
    issuer: &str,
    legacy: bool,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let kind = if legacy { "legacy issuer" } else { "issuer" };
    match issuer {
        "" => writeln!(f, "{kind}\n(not known yet)")?,
        issuer => writeln!(f, "{kind}\n{}", printable(issuer))?,
    }
    let of_issuer = |legacy: &&LegacyIssuer| legacy.issuer == issuer;
    for legacy in report.legacy_issuers.iter().filter(of_issuer) {
        writeln!(f, "authority {}", printable(&legacy.authority))?;
    }
    Ok(())
}

fn write_group(
    report: &MigrationReport,
    first: &ReportRow,
    group: &[&ReportRow],
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    writeln!(f)?;
    write_issuer(report, &first.issuer, first.legacy, f)?;
    if !first.audience.is_empty() {
        writeln!(f, "audience {}", printable(&first.audience))?;
    }
    let header = ["application", "accepted", "refused", "last used"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header)
        .chain(group.iter().map(|row| cells(row)))
        .collect();
    let width = |column: fn(&[String; 4]) -> &String| {
        let widths = rows.iter().map(|row| column(row).chars().count());
        widths.max().unwrap_or(0)
    };
    let widths = (
        width(|[application, ..]| application),
        width(|[_, accepted, ..]| accepted),
        width(|[_, _, refused, _]| refused),
    );
    for [application, accepted, refused, last_used] in &rows {
        writeln!(
            f,
            "  {application:0$}  {accepted:>1$}  {refused:>2$}  {last_used}",
            widths.0, widths.1, widths.2
        )?;
    }
    Ok(())
}

fn cells(row: &ReportRow) -> [String; 4] {
    [
        printable(row.client_id.as_deref().unwrap_or("-")),
        row.accepted.to_string(),
        row.refused.to_string(),
        date(row.last_seen),
    ]
}

#[cfg(test)]
mod tests {
    use b2c_verify::NumericDate;

    use super::*;
    use crate::{
        clock::{Clock as _, ManualClock},
        migration::{Usage, UsageKey, UserSalt, day_of, text::COLUMNS, usage::MAX_ROWS},
    };

    const LEGACY: &str =
        "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
    const NEW: &str = "https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
    const API: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
    const APP: &str = "11112222-bbbb-3333-cccc-4444dddd5555";

    fn printed(issuers: &[&str]) -> String {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let usage = Usage::new(&clock);
        for issuer in issuers {
            let row = usage.row(&UsageKey::new(issuer, Some(APP), API));
            row.count(clock.now(), false, true);
        }
        let legacy = vec![LegacyIssuer::new(LEGACY, "contoso", clock.now())];
        MigrationReport::new(&usage, None, legacy, false, &clock).to_string()
    }

    #[test]
    fn a_report_fits_into_eighty_columns() {
        assert_eq!(
            printed(&[LEGACY, NEW]),
            "\
verdict: keep
  11112222-bbbb-3333-cccc-4444dddd5555 used
  https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/
  for 00001111-aaaa-2222-bbbb-3333cccc4444, last at 2027-01-15T08:00:00Z.
counted without a gap since 2027-01-15T08:00:00Z, quiet period 7 days

legacy issuer
https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/
authority contoso
audience 00001111-aaaa-2222-bbbb-3333cccc4444
  application                           accepted  refused  last used
  11112222-bbbb-3333-cccc-4444dddd5555         1        0  2027-01-15T08:00:00Z

issuer
https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/
audience 00001111-aaaa-2222-bbbb-3333cccc4444
  application                           accepted  refused  last used
  11112222-bbbb-3333-cccc-4444dddd5555         1        0  2027-01-15T08:00:00Z
"
        );
        let unused = printed(&[]);
        let lines = [printed(&[LEGACY, NEW]), unused.clone()];
        for line in lines.iter().flat_map(|text| text.lines()) {
            assert!(line.chars().count() <= COLUMNS, "{line}");
        }
        assert!(
            unused.contains(&format!("{LEGACY}\nauthority contoso\n  not used\n")),
            "{unused}"
        );
    }

    /// The bug: it was said not to be used.
    #[test]
    fn an_issuer_without_a_row_of_its_own_may_have_been_used() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let usage = Usage::new(&clock);
        let row = |issuer: &str| usage.row(&UsageKey::new(issuer, Some(APP), API));
        for number in 0..MAX_ROWS {
            row(&number.to_string()).count(clock.now(), false, true);
        }
        row(LEGACY).count(clock.now(), true, true);
        let legacy = vec![LegacyIssuer::new(LEGACY, "contoso", clock.now())];
        let text = MigrationReport::new(&usage, None, legacy, false, &clock).to_string();
        let line = format!(
            "{LEGACY}\nauthority contoso\n  not used, or counted among the other legacy tokens\n"
        );
        assert!(text.contains(&line), "{text:.2000}");
    }

    #[test]
    fn users_fit_into_eighty_columns_with_the_longest_names_and_numbers() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let usage = Usage::new(&clock);
        let salt = UserSalt::new(b"salt");
        usage.count_users_with(Some(&salt), clock.now());
        for client_id in [Some(APP), Some("\u{1b}[2J"), None] {
            let row = usage.row(&UsageKey::new(LEGACY, client_id, API));
            row.count(clock.now(), true, true);
            for user in 0..12_000 {
                let (today, user) = (day_of(clock.now()), user.to_string());
                usage.count_user(&row, &salt, today, (LEGACY, &user));
            }
        }
        let legacy = vec![LegacyIssuer::new(LEGACY, "contoso", clock.now())];
        let text = MigrationReport::new(&usage, None, legacy, false, &clock).to_string();
        let mut section = text
            .lines()
            .skip_while(|line| !line.starts_with("users of"));
        assert_eq!(
            section.by_ref().take(2).collect::<Vec<_>>(),
            [
                "users of legacy issuers since 2027-01-15T08:00:00Z",
                &format!("standard error 3.3 %, salt {}", salt.id())
            ]
        );
        let table: Vec<_> = section.take_while(|line| !line.is_empty()).collect();
        assert_eq!(table[0], format!("  {:36}  users", "application"));
        assert_eq!(table.len(), 5, "{text}");
        assert!(
            table[1..]
                .iter()
                .all(|line| line.len() <= table[0].len() + 2)
        );
        assert!(!text.contains('\u{1b}'), "{text}");
        for line in text.lines() {
            assert!(line.chars().count() <= COLUMNS, "{line}");
        }
    }

    #[test]
    fn text_from_claims_cannot_control_the_terminal() {
        let report = printed(&["https://a.example/\u{1b}[2J\r\n"]);
        assert!(
            report.contains("https://a.example/\u{fffd}[2J\u{fffd}\u{fffd}\n"),
            "{report}"
        );
    }
}
