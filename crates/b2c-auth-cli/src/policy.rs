//! A policy document and what it leaves open → settings.

use std::{error::Error, fs, path::Path};

use tower_b2c_auth::apim::{self, Converted, ReadOptions};

use crate::cli::PolicyArguments;

/// # Errors
///
/// When a file cannot be read, and all mistakes in the policy together.
pub(crate) fn read(policy: &Path, given: &PolicyArguments) -> Result<Converted, Box<dyn Error>> {
    let mut options = ReadOptions::new();
    for (name, value) in &given.named_values {
        options = options.named_value(name, value);
    }
    for (id, file) in &given.certificates {
        options = options.certificate(id, read_file(Path::new(file))?);
    }
    if let Some(host) = &given.host {
        options = options.host(host);
    }
    if given.danger_accept_any_audience {
        options = options.danger_accept_any_audience();
    }
    let converted = apim::read(&read_file(policy)?, &options);
    converted.map_err(|error| format!("{}: {error}", policy.display()).into())
}

pub(crate) fn read_file(path: &Path) -> Result<String, Box<dyn Error>> {
    let text = fs::read_to_string(path);
    text.map_err(|error| format!("cannot read {}: {error}", path.display()).into())
}
