//! The evidence of a migration, kept across restarts.

use std::{error::Error, fs, io, path::Path};

use tower_b2c_auth::migration::LedgerSnapshot;

/// None if there is no such file yet.
pub(super) fn read(path: &Path) -> Result<Option<LedgerSnapshot>, Box<dyn Error>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display()).into()),
    };
    let ledger = serde_json::from_str(&text)
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
