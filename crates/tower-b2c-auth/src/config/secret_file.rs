//! Reads files that contain a secret.

use std::{fs::File, io::Read as _, path::Path};

use zeroize::Zeroizing;

/// The text of a file. It is overwritten when it is dropped.
///
/// # Errors
///
/// Why it cannot be read.
pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<String>, String> {
    let failed = |why: &dyn std::fmt::Display| format!("names a file that cannot be read: {why}");
    let file = File::open(path).map_err(|error| failed(&error))?;
    // Reserved in full: a string that grows would leave copies behind.
    let mut text = Zeroizing::new(String::with_capacity(MAX_FILE_BYTES));
    file.take(MAX_FILE_BYTES.try_into().unwrap_or(u64::MAX))
        .read_to_string(&mut text)
        .map_err(|error| failed(&error))?;
    Ok(text)
}

/// More than a key in PEM needs. The rest of a longer file is not read.
const MAX_FILE_BYTES: usize = 64 * 1024;
