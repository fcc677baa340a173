//! What a command prints: on standard output, whose reader may not want all of it, and on standard error.

use std::{
    error::Error,
    fmt::Display,
    io::{self, Write as _},
};

/// Prints the result of a command. If the reader has closed the pipe, as `head` does, it has read what it wanted: that is no error, and the exit status
/// stays the one that the result has.
///
/// # Errors
///
/// If the text cannot be written for another reason, such as a full disk.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Prints an error and its causes, one line each. Nobody can be told if standard error is closed.
pub(crate) fn report(what: impl Display, error: &(dyn Error + 'static)) {
    note(format_args!("{what}: {error}"));
    let mut cause = error.source();
    while let Some(error) = cause {
        note(format_args!("  because: {error}"));
        cause = error.source();
    }
}

/// Prints one line for the operator, which is not a part of the result.
pub(crate) fn note(line: impl Display) {
    writeln!(io::stderr(), "{}", printable(&line.to_string())).ok();
}

/// The text without what could make a terminal show another one: control characters other than line feeds, and those that turn the direction of text. A
/// message may quote a file that somebody else has written.
pub(crate) fn printable(text: &str) -> String {
    let visible = |character: char| match character {
        '\n' => character,
        '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        _ if character.is_control() => char::REPLACEMENT_CHARACTER,
        _ => character,
    };
    text.chars().map(visible).collect()
}

/// In front of each error.
pub(crate) const NAME: &str = "b2c-auth";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_cannot_write_to_the_terminal() {
        let hostile = "a\u{1b}[2Kb\rc\u{9b}d\u{202e}e\nö";
        assert_eq!(
            printable(hostile),
            "a\u{fffd}[2Kb\u{fffd}c\u{fffd}d\u{fffd}e\nö"
        );
    }
}
