//! The map as JSON.

use std::fmt;

use serde::{
    Deserializer as _,
    de::{SeqAccess, Visitor},
};
use serde_json::{Deserializer, value::RawValue};

use super::{entry::Entry, map::UserMap, mistakes::Mistakes};

pub(super) fn read(text: &str, map: &mut UserMap, mistakes: &mut Mistakes) {
    let mut is_full = false;
    let entries = Entries {
        map,
        mistakes,
        is_full: &mut is_full,
        line: 1,
        rest: text,
    };
    let mut array = Deserializer::from_str(text);
    let read = array.deserialize_seq(entries).and_then(|()| array.end());
    // If the map is full, the rest is not read.
    if let Err(error) = read
        && !is_full
    {
        let line = u64::try_from(error.line()).unwrap_or(u64::MAX);
        mistakes.add(line, "is not a JSON array");
    }
}

/// Reads one entry after the other, so that those beyond the limit take no memory besides the file's text.
struct Entries<'a, 'm> {
    map: &'m mut UserMap,
    mistakes: &'m mut Mistakes,
    is_full: &'m mut bool,
    /// The line on which `rest` begins.
    line: u64,
    /// The text after the last entry.
    rest: &'a str,
}

impl<'a> Visitor<'a> for Entries<'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut entries: A) -> Result<(), A::Error> {
        while let Some(entry) = entries.next_element::<&RawValue>()? {
            if !self.add(entry.get()) {
                *self.is_full = true;
                break;
            }
        }
        Ok(())
    }
}

impl Entries<'_, '_> {
    /// Adds an entry. Returns false if there was no room for it.
    fn add(&mut self, entry: &str) -> bool {
        // Finds the line by the text before the entry: the raw values are slices of the text, in order.
        let before = self.rest.find(entry).unwrap_or_default();
        self.line += line_feeds(self.rest.get(..before).unwrap_or_default());
        if !self.map.has_room(self.line, self.mistakes) {
            return false;
        }
        match serde_json::from_str::<Entry>(entry) {
            Ok(read) => self.map.add(self.line, read, self.mistakes),
            Err(error) => {
                let within = u64::try_from(error.line()).unwrap_or(u64::MAX);
                let line = self.line.saturating_add(within.saturating_sub(1));
                self.mistakes.add(
                    line,
                    "is not an object with the strings issuer, user_id and user, and nothing else",
                );
            }
        }
        self.line += line_feeds(entry);
        self.rest = self.rest.get(before + entry.len()..).unwrap_or_default();
        true
    }
}

fn line_feeds(text: &str) -> u64 {
    let count = text.bytes().filter(|&byte| byte == b'\n').count();
    u64::try_from(count).unwrap_or(u64::MAX)
}
