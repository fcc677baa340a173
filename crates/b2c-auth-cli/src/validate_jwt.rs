//! A `validate-jwt` document and its named values ─▶ settings.

use std::{collections::BTreeMap, error::Error, path::Path};

use tower_b2c_auth::apim::{self, Converted, ReadOptions};

use crate::{cli::DocumentReferences, file, named_values};

/// Also returns remarks on the options, one line each. `option` is the one that names the document, if one does.
///
/// # Errors
///
/// If a file cannot be read, or the document has mistakes. The error lists all of them.
pub(crate) fn read(
    path: &Path,
    option: Option<&str>,
    given: &DocumentReferences,
) -> Result<(Converted, Vec<String>), Box<dyn Error>> {
    let document = file::read(path, option)?;
    if let Some(problem) = not_xml(&document) {
        return Err(format!("{} {problem}", path.display()).into());
    }
    let mut options = ReadOptions::new();
    for (name, value) in named_values::of(&document, &given.named_values)? {
        options = options.named_value(name, value);
    }
    let mut certificates = BTreeMap::new();
    for (id, path) in &given.certificates {
        let option = format!("--certificate {id}");
        let pem = file::read(Path::new(path), Some(&option))?;
        let other = certificates.insert(id, pem.clone());
        if other.is_some_and(|other| other != pem) {
            return Err(format!(
                "--certificate {id}: is given twice with different files; keep one"
            )
            .into());
        }
        options = options.certificate(id, pem);
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
    let converted = converted.map_err(|error| format!("{}: {error}", path.display()))?;
    let ignored = given.ignored_policies.iter();
    let unused = ignored.filter(|name| !has_element(&document, name));
    let remarks = unused.map(|name| {
        let path = path.display();
        format!("--ignore-policy {name}: has no effect, because {path} has no <{name}>")
    });
    Ok((converted, remarks.collect()))
}

/// What is wrong with a file that is not XML, and what to do.
fn not_xml(document: &str) -> Option<&'static str> {
    let mut start = document.trim_start().chars();
    let first = start.next();
    let second = start.find(|c| !c.is_whitespace());
    match (first, second) {
        (Some('<'), _) => None,
        (None, _) => Some("is empty; give the file that contains the policy"),
        // In TOML, `[` begins a table and `"` a name.
        (Some('{'), _) | (Some('['), Some('{')) | (Some('"'), Some('<')) => Some(
            "is JSON, not XML; in an export from Azure Resource Manager, the policy is the string properties.value: save that string, without JSON's escapes, as a file of its own",
        ),
        _ => Some(
            "is not XML, so it is no API Management policy; give settings in TOML with `gateway --config`, without converting them",
        ),
    }
}

/// Whether the document has a start tag of this name, or at least a comment with one.
fn has_element(document: &str, name: &str) -> bool {
    let tags = document.split('<').filter_map(|tag| tag.strip_prefix(name));
    tags.into_iter()
        .any(|rest| rest.starts_with([' ', '\t', '\r', '\n', '/', '>']))
}
