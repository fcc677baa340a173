//! The values of `{{name}}` in a `validate-jwt` document: from a file, the command line or the environment.

use std::{
    collections::BTreeMap,
    env::{self, VarError},
    error::Error,
    path::Path,
};

use tower_b2c_auth::apim::named_value_variable;

use crate::file;

/// # Errors
///
/// If a file cannot be read, a variable is not UTF-8, or a value is given twice and differs.
pub(crate) fn of(
    document: &str,
    given: &[(String, String)],
) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let mut values = BTreeMap::new();
    for (name, value) in given {
        let value = from_command_line(name, value)?;
        let other = values.insert(name.clone(), value.clone());
        if other.is_some_and(|other| other != value) {
            return Err(format!(
                "--named-value {name}: is given twice with different values; keep one"
            )
            .into());
        }
    }
    for name in names(document) {
        if values.contains_key(name) {
            continue;
        }
        let variable = named_value_variable(name);
        match env::var(&variable) {
            Ok(value) => {
                values.insert(name.to_owned(), value);
            }
            Err(VarError::NotPresent) => {}
            Err(VarError::NotUnicode(_)) => return Err(format!("{variable} is not UTF-8").into()),
        }
    }
    Ok(values)
}

/// The file of `@FILE`. `@(` and `@{` begin a policy expression, and a value may be one.
pub(crate) fn file_of(value: &str) -> Option<&Path> {
    let path = value.strip_prefix('@')?;
    (!path.starts_with(['(', '{'])).then(|| Path::new(path))
}

/// What is in `@FILE`, or the value itself.
fn from_command_line(name: &str, value: &str) -> Result<String, Box<dyn Error>> {
    let Some(path) = file_of(value) else {
        return Ok(value.to_owned());
    };
    let text = file::read(path, Some(&format!("--named-value {name}")))?;
    // A final newline from an editor is not part of a key.
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

/// All text between double braces. Text that is not a name does no harm, because the document never refers to it.
fn names(document: &str) -> impl Iterator<Item = &str> {
    let pieces = document.split("{{").skip(1);
    let names = pieces.filter_map(|piece| Some(piece.split_once("}}")?.0.trim()));
    names.filter(|name| !name.is_empty() && name.len() <= MAX_NAME_BYTES)
}

/// API Management's own limit for the name of a named value.
const MAX_NAME_BYTES: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_have_variables() {
        let document = "<a b='{{api-key}}'>{{ x.y }}{{}}{{open";
        let variables: Vec<_> = names(document).map(named_value_variable).collect();
        assert_eq!(
            variables,
            ["B2C_NAMED_VALUE_API_KEY", "B2C_NAMED_VALUE_X_Y"]
        );
    }

    #[test]
    fn policy_expressions_are_not_read_as_files() {
        for value in ["", "plain", "@(context.Request.OriginalUrl.Host)", "@{ x }"] {
            assert_eq!(from_command_line("key", value).unwrap(), value);
        }
        let error = from_command_line("key", "@/no/such/file").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("cannot read /no/such/file (--named-value key): "),
            "{error}"
        );
    }
}
