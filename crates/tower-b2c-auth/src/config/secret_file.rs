//! Reads files that the settings name, and says which one cannot be read.
//!
//! A message shows the path of a file, unless that could be the secret itself, written where the path belongs.

use std::{
    env::current_dir,
    fmt::{Debug, Display},
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf, absolute},
};

use zeroize::Zeroizing;

use crate::settings::Hidden;

/// The text of a file. It is overwritten when it is dropped.
///
/// # Errors
///
/// Why it cannot be read.
pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<String>, String> {
    let file = open(path).map_err(|error| unreadable(path, &error))?;
    // Reserved in full: a string that grows would leave copies behind.
    let mut text = Zeroizing::new(String::with_capacity(MAX_FILE_BYTES));
    file.take(MAX_FILE_BYTES.try_into().unwrap_or(u64::MAX))
        .read_to_string(&mut text)
        .map_err(|error| unreadable(path, &error))?;
    Ok(text)
}

/// Opens a file. A named pipe is refused: opening it would wait until another process writes to it, perhaps forever.
pub(super) fn open(path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        // The pipe of `<(…)` in a shell has no name, and is already open.
        if path.metadata()?.file_type().is_fifo() && path.canonicalize().is_ok() {
            return Err(io::Error::other(
                "it is a named pipe; use a regular file instead",
            ));
        }
    }
    File::open(path)
}

/// The path as a mistake shows it.
pub(super) fn shown_path(path: &Path) -> Box<dyn Debug + '_> {
    if is_path(path) {
        Box::new(path)
    } else {
        Box::new(Hidden)
    }
}

/// The message for a file that cannot be read. It has the working folder, because a relative path does not show where the file was looked for.
pub(super) fn unreadable(path: &Path, why: &dyn Display) -> String {
    if is_path(path) {
        let path = absolute(path).unwrap_or_else(|_| path.to_owned());
        return format!(
            "names a file that cannot be read, {}: {why}",
            path.display()
        );
    }
    let folder = current_dir().unwrap_or_else(|_| PathBuf::from("."));
    format!(
        "names a file that cannot be read: {why}; write its path, not what it contains (the path is not shown, because it could be the secret itself; a relative path begins in {})",
        folder.display()
    )
}

/// Whether it must be a path: it or its first folder exists, or no secret is so short.
fn is_path(path: &Path) -> bool {
    let folders = path.ancestors().skip(1);
    let first = folders.filter(|folder| folder.file_name().is_some()).last();
    let is_short = path.as_os_str().len() < MIN_SECRET_BYTES;
    is_short || path.exists() || first.is_some_and(Path::is_dir)
}

/// More than a key in PEM needs. The rest of a longer file is not read.
const MAX_FILE_BYTES: usize = 64 * 1024;
/// The shortest secret that the settings accept.
const MIN_SECRET_BYTES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_and_a_secret_in_its_place_is_not() {
        let long = "some-rather-long-name-of-a-file.pem";
        let there = std::env::temp_dir().join(long);
        for path in [Path::new("salt"), Path::new("secrets/salt"), &there] {
            assert_eq!(format!("{:?}", shown_path(path)), format!("{path:?}"));
            assert!(unreadable(path, &"why").contains(&*path.to_string_lossy()));
        }
        for secret in [
            "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
            "q83v/jRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
            "/83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
            "/83v/jRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
            "-----BEGIN PRIVATE KEY-----\nMIIE/gIBADANBg\n-----END PRIVATE KEY-----\n",
        ] {
            let path = Path::new(secret);
            assert_eq!(format!("{:?}", shown_path(path)), "…");
            let message = unreadable(path, &"why");
            assert!(message.contains(": why; write its path"), "{message}");
            assert!(!message.contains(secret), "{message}");
        }
    }
}
