//! All mistakes in a document at once.

use crate::settings::one_per_line;

/// Something wrong or unsupported in a document. The only values from the document that it shows are the names of missing certificates, of named values and
/// of variables, and a `tenant-id` that is `organizations` or `common`. `Display` writes `line N, name: remedy`.
///
/// ```
/// use tower_b2c_auth::apim::{ReadOptions, read};
///
/// let error = read("<validate-jwt header-nam='Authorization' />", &ReadOptions::new()).unwrap_err();
/// let misspelt = error.mistakes().iter().find(|it| it.name == "header-nam").unwrap();
/// assert_eq!(misspelt.to_string(), "line 1, header-nam: is not an attribute of <validate-jwt>; did you mean header-name?");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {}: {remedy}", name.escape_debug())]
#[non_exhaustive]
pub struct PolicyMistake {
    /// The line, counted from 1.
    pub line: usize,
    /// The element or attribute, such as `openid-config` or `clock-skew`.
    pub name: String,
    /// What is wrong and what to do. It may name an option of `b2c-auth`, such as `--ignore-policy`; in code, this is the method of
    /// [`ReadOptions`](super::ReadOptions) with the same name.
    pub remedy: String,
}

impl PolicyMistake {
    pub(super) fn new(line: usize, name: &str, remedy: impl Into<String>) -> Self {
        Self {
            line,
            name: name.into(),
            remedy: remedy.into(),
        }
    }
}

/// All the mistakes in a document, which therefore cannot be used. If the document cannot be parsed, there is one mistake: the first place where parsing
/// fails. Attributes that are not well-formed do not stop the parsing.
///
/// ```
/// use tower_b2c_auth::apim::{ReadOptions, read};
///
/// let error = read("<validate-jwt>", &ReadOptions::new()).unwrap_err();
/// assert!(error.to_string().starts_with("the policy cannot be used:\n  line 1, "));
/// assert_eq!(error.mistakes().len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy cannot be used:{}", one_per_line(mistakes))]
pub struct PolicyError {
    pub(super) mistakes: Vec<PolicyMistake>,
}

impl PolicyError {
    /// The mistakes in the order of their lines; never empty.
    pub fn mistakes(&self) -> &[PolicyMistake] {
        &self.mistakes
    }
}

impl From<PolicyMistake> for PolicyError {
    fn from(mistake: PolicyMistake) -> Self {
        Self {
            mistakes: vec![mistake],
        }
    }
}
