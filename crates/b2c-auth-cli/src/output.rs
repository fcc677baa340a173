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
    writeln!(io::stderr(), "{line}").ok();
}

/// In front of each error.
pub(crate) const NAME: &str = "b2c-auth";
