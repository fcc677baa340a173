//! The map as CSV (RFC 4180).

use std::collections::BTreeSet;

use csv::{ErrorKind, ReaderBuilder};

use super::{entry::Entry, map::UserMap, mistakes::Mistakes};

pub(super) fn read(text: &str, map: &mut UserMap, mistakes: &mut Mistakes) {
    let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
    let columns = match reader.headers() {
        Ok(columns) => columns.clone(),
        Err(error) => return mistakes.add(1, text_of(&error)),
    };
    let named: BTreeSet<_> = columns.iter().collect();
    if columns.len() != COLUMNS.len() || named != BTreeSet::from(COLUMNS) {
        return mistakes.add(
            1,
            "needs the columns issuer, user_id and user, and no others",
        );
    }
    for record in reader.records() {
        let position = match &record {
            Ok(record) => record.position(),
            Err(error) => error.position(),
        };
        let line = position.map_or(0, csv::Position::line);
        if !map.has_room(line, mistakes) {
            return;
        }
        let entry = record.map(|record| record.deserialize::<Entry>(Some(&columns)));
        match entry {
            Ok(Ok(entry)) => map.add(line, entry, mistakes),
            Ok(Err(_)) => mistakes.add(line, "does not have three text fields"),
            Err(error) => mistakes.add(line, text_of(&error)),
        }
    }
    // A copy that was truncated within the last field would name another user.
    if !text.ends_with(['\n', '\r']) {
        let last = u64::try_from(text.lines().count()).unwrap_or(u64::MAX);
        mistakes.add(
            last,
            "the last line has no line break; is the file complete?",
        );
    }
}

/// The text of an error, without the values.
fn text_of(error: &csv::Error) -> String {
    match error.kind() {
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("has {len} columns instead of {expected_len}"),
        _ => "cannot be read as CSV".to_owned(),
    }
}

const COLUMNS: [&str; 3] = ["issuer", "user_id", "user"];
