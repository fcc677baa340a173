//! A `validate-jwt` document and its named values ─▶ settings.

use std::{error::Error, path::Path};

use tower_b2c_auth::apim::{self, Converted, ReadOptions};

use crate::{cli::DocumentReferences, file, named_values};

/// # Errors
///
/// If a file cannot be read, or the document has mistakes. The error lists all of them.
pub(crate) fn read(path: &Path, given: &DocumentReferences) -> Result<Converted, Box<dyn Error>> {
    let document = file::read(path)?;
    let mut options = ReadOptions::new();
    for (name, value) in named_values::of(&document, &given.named_values)? {
        options = options.named_value(name, value);
    }
    for (id, path) in &given.certificates {
        options = options.certificate(id, file::read(Path::new(path))?);
    }
    if let Some(host) = &given.host {
        options = options.host(host);
    }
    for id in &given.tenants {
        options = options.tenant(id);
    }
    if given.danger_accept_any_tenant {
        options = options.danger_accept_any_tenant();
    }
    if given.danger_accept_any_audience {
        options = options.danger_accept_any_audience();
    }
    for name in &given.ignored_policies {
        options = options.ignore_policy(name);
    }
    let converted = apim::read(&document, &options);
    converted.map_err(|error| format!("{}: {error}", path.display()).into())
}
