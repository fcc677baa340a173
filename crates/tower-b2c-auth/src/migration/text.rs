//! Text for the terminal: dates, durations, and what comes from other processes.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

/// Breaks a sentence between words. A word that is longer than a line has a line of its own.
pub(super) fn write_wrapped(sentence: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut column = 0;
    for word in sentence.split_whitespace() {
        let word = printable(word);
        let length = word.chars().count();
        if column > 0 && column + 1 + length > COLUMNS {
            writeln!(f)?;
            column = 0;
        }
        f.write_str(if column == 0 { INDENT } else { " " })?;
        f.write_str(&word)?;
        column += length + if column == 0 { INDENT.len() } else { 1 };
    }
    writeln!(f)
}

/// Replaces control characters, because text from another process must not control the terminal.
pub(super) fn printable(text: &str) -> String {
    let visible = |character: char| {
        if character.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            character
        }
    };
    text.chars().map(visible).collect()
}

pub(super) fn date(seconds: u64) -> String {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds.min(LAST_DATE)));
    time.map_or_else(String::new, |time| {
        humantime::format_rfc3339_seconds(time).to_string()
    })
}

/// As humantime writes it, with a space between number and unit: `6 days 23 h`.
pub(super) fn duration(seconds: u64) -> String {
    let text = humantime::format_duration(Duration::from_secs(seconds)).to_string();
    let mut spaced = String::with_capacity(text.len());
    let mut after_digit = false;
    for character in text.chars() {
        if after_digit && character.is_alphabetic() {
            spaced.push(' ');
        }
        after_digit = character.is_ascii_digit();
        spaced.push(character);
    }
    spaced
}

pub(super) const COLUMNS: usize = 80;
const INDENT: &str = "  ";
/// The end of the year 9999, the last that RFC 3339 can write.
const LAST_DATE: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_written_with_spaces() {
        assert_eq!(duration(7 * 86_400), "7 days");
        assert_eq!(duration(90_061), "1 day 1 h 1 m 1 s");
    }
}
