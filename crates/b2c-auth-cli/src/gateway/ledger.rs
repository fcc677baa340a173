//! The evidence of a migration, kept across restarts.

use std::{error::Error, fs, path::Path};

use tower_b2c_auth::migration::LedgerSnapshot;

use crate::file;

/// None if there is no such file yet.
pub(super) fn read(path: &Path) -> Result<Option<LedgerSnapshot>, Box<dyn Error>> {
    if !path.try_exists()? {
        return Ok(None);
    }
    let ledger = serde_json::from_str(&file::read(path)?)
        .map_err(|error| format!("{} is not a ledger: {error}", path.display()))?;
    Ok(Some(ledger))
}

/// Whole or not at all: written beside the old one, then moved over it.
pub(super) fn write(path: &Path, ledger: &LedgerSnapshot) -> Result<(), Box<dyn Error>> {
    let new = path.with_extension("new");
    fs::write(&new, serde_json::to_string(ledger)?)?;
    fs::rename(&new, path)?;
    Ok(())
}
