//! The map as JSON.

use serde_json::value::RawValue;

use super::{entry::Entry, map::UserMap, mistakes::Mistakes};

pub(super) fn read(text: &str, map: &mut UserMap, mistakes: &mut Mistakes) {
    let entries: Vec<&RawValue> = match serde_json::from_str(text) {
        Ok(entries) => entries,
        Err(error) => {
            let line = u64::try_from(error.line()).unwrap_or(u64::MAX);
            return mistakes.add(line, "is not a JSON array");
        }
    };
    let mut line = 1;
    let mut rest = text;
    for entry in entries {
        let entry = entry.get();
        // Finds the line by the text before the entry: the raw values are slices of the text, in order.
        let before = rest.len() - entry_and_rest(rest, entry).len();
        line += line_feeds(rest.get(..before).unwrap_or_default());
        match serde_json::from_str::<Entry>(entry) {
            Ok(read) => {
                if !map.add(line, read, mistakes) {
                    return;
                }
            }
            Err(error) => {
                let within = u64::try_from(error.line()).unwrap_or(u64::MAX);
                let line = line.saturating_add(within.saturating_sub(1));
                mistakes.add(
                    line,
                    "is not an object with the strings issuer, user_id and user, and nothing else",
                );
            }
        }
        line += line_feeds(entry);
        rest = rest.get(before + entry.len()..).unwrap_or_default();
    }
}

/// The text from the start of the entry.
fn entry_and_rest<'a>(rest: &'a str, entry: &str) -> &'a str {
    let at = rest.find(entry);
    at.and_then(|at| rest.get(at..)).unwrap_or_default()
}

fn line_feeds(text: &str) -> u64 {
    let count = text.bytes().filter(|&byte| byte == b'\n').count();
    u64::try_from(count).unwrap_or(u64::MAX)
}
