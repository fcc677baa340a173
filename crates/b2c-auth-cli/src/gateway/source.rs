//! Files → settings → layer.

use std::{collections::BTreeMap, error::Error, fs, path::Path};

use tower_b2c_auth::{B2cAuthBuilder, B2cAuthLayer, Settings, migration::LedgerSnapshot};

use crate::cli::Source;

pub(super) fn read(source: &Source) -> Result<Settings, Box<dyn Error>> {
    let text = read_file(&source.config)?;
    let mut settings: Settings =
        toml::from_str(&text).map_err(|error| format!("{}: {error}", source.config.display()))?;
    if settings.claim_headers.is_empty() {
        settings.claim_headers = BTreeMap::from([("x-auth-subject".into(), "sub".into())]);
    }
    Ok(settings)
}

pub(super) fn layer(
    settings: Settings,
    ledger: Option<LedgerSnapshot>,
) -> Result<B2cAuthLayer, Box<dyn Error>> {
    let mut builder = B2cAuthBuilder::from(settings);
    if let Some(ledger) = ledger {
        builder = builder.ledger_snapshot(ledger);
    }
    Ok(builder.build()?)
}

fn read_file(path: &Path) -> Result<String, Box<dyn Error>> {
    fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()).into())
}
