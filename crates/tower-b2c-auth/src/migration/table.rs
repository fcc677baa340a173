//! A report as a table for a terminal.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use super::MigrationReport;

pub(super) fn write(report: &MigrationReport, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "verdict: {}", report.verdict)?;
    for reason in &report.reasons {
        writeln!(f, "  {reason}")?;
    }
    writeln!(
        f,
        "watched since {}, quiet period {}",
        date(report.observed_since),
        duration(report.quiet_period)
    )?;
    if let Some(sunset) = report.sunset {
        writeln!(f, "sunset {}", date(sunset))?;
    }
    let header = [
        "",
        "issuer",
        "client application",
        "audience",
        "accepted",
        "refused",
        "first seen",
        "last seen",
    ]
    .map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header)
        .chain(report.rows.iter().map(cells))
        .collect();
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    });
    for row in &rows {
        let line: Vec<_> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        writeln!(f, "{}", line.join("  ").trim_end())?;
    }
    Ok(())
}

fn cells(row: &super::ReportRow) -> [String; COLUMNS] {
    [
        if row.legacy { "legacy" } else { "" }.to_owned(),
        printable(&row.issuer),
        printable(row.client_id.as_deref().unwrap_or("-")),
        printable(&row.audience),
        row.accepted.to_string(),
        row.refused.to_string(),
        date(row.first_seen),
        date(row.last_seen),
    ]
}

/// What a report from elsewhere holds must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}

pub(super) fn date(seconds: u64) -> String {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds.min(LAST_DATE)));
    time.map_or_else(String::new, |time| {
        humantime::format_rfc3339_seconds(time).to_string()
    })
}

pub(super) fn duration(seconds: u64) -> String {
    humantime::format_duration(Duration::from_secs(seconds)).to_string()
}

const COLUMNS: usize = 8;
/// The end of the year 9999, the last that RFC 3339 can write.
const LAST_DATE: u64 = 253_402_300_799;
