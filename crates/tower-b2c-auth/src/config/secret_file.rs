//! Files that hold a secret.

use std::{fs::File, io::Read as _, path::Path};

use zeroize::Zeroizing;

/// The text of a file, overwritten when it is dropped.
///
/// # Errors
///
/// Why it cannot be read.
pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<String>, String> {
    let failed = |why: &dyn std::fmt::Display| format!("has a file that cannot be read: {why}");
    let file = File::open(path).map_err(|error| failed(&error))?;
    // Reserved whole, so that no copy is left behind by a text that grows.
    let mut text = Zeroizing::new(String::with_capacity(MAX_FILE_BYTES));
    file.take(MAX_FILE_BYTES.try_into().unwrap_or(u64::MAX))
        .read_to_string(&mut text)
        .map_err(|error| failed(&error))?;
    Ok(text)
}

/// What is longer is cut off: more than a key in PEM needs.
const MAX_FILE_BYTES: usize = 64 * 1024;
