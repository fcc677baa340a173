//! Reads files that contain a secret.

use std::{
    fmt::Display,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf, absolute},
};

use zeroize::Zeroizing;

/// The text of a file. It is overwritten when it is dropped.
///
/// # Errors
///
/// Why it cannot be read, with its whole path.
pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<String>, String> {
    let failed = |why: &dyn Display| {
        let path = whole_path(path);
        format!(
            "names a file that cannot be read, {}: {why}",
            path.display()
        )
    };
    let file = File::open(path).map_err(|error| failed(&error))?;
    // Reserved in full: a string that grows would leave copies behind.
    let mut text = Zeroizing::new(String::with_capacity(MAX_FILE_BYTES));
    file.take(MAX_FILE_BYTES.try_into().unwrap_or(u64::MAX))
        .read_to_string(&mut text)
        .map_err(|error| failed(&error))?;
    Ok(text)
}

/// The path with the working folder, for messages: a relative path does not show where the file was looked for.
pub(super) fn whole_path(path: &Path) -> PathBuf {
    absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// More than a key in PEM needs. The rest of a longer file is not read.
const MAX_FILE_BYTES: usize = 64 * 1024;
