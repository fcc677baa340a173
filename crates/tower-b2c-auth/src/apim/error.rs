//! All mistakes in a document at once.

use std::{error::Error, fmt};

/// Something wrong or unsupported in a document. It never shows a value, because values may be keys. `Display` writes `line N, name: remedy`.
///
/// ```
/// use tower_b2c_auth::apim::{ReadOptions, read};
///
/// let error = read("<validate-jwt header-nam='Authorization' />", &ReadOptions::new()).unwrap_err();
/// let misspelt = error.mistakes().iter().find(|it| it.name == "header-nam").unwrap();
/// assert_eq!(misspelt.to_string(), "line 1, header-nam: is not an attribute of <validate-jwt>; did you mean header-name?");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyMistake {
    /// The line, counted from 1.
    pub line: usize,
    /// The element or attribute, such as `openid-config` or `clock-skew`.
    pub name: String,
    /// What is wrong and what to do.
    pub remedy: String,
}

impl fmt::Display for PolicyMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.escape_debug();
        write!(f, "line {}, {name}: {}", self.line, self.remedy)
    }
}

/// All the mistakes in a document, which therefore cannot be used. If the document is not XML, it has only the first place where it is not.
///
/// ```
/// use tower_b2c_auth::apim::{ReadOptions, read};
///
/// let error = read("<validate-jwt>", &ReadOptions::new()).unwrap_err();
/// assert!(error.to_string().starts_with("the policy cannot be used:\n  line 1, "));
/// assert_eq!(error.mistakes().len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    pub(super) mistakes: Vec<PolicyMistake>,
}

impl PolicyError {
    /// The mistakes in the order of their lines; never empty.
    pub fn mistakes(&self) -> &[PolicyMistake] {
        &self.mistakes
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the policy cannot be used:")?;
        for mistake in &self.mistakes {
            write!(f, "\n  {mistake}")?;
        }
        Ok(())
    }
}

impl Error for PolicyError {}

impl From<PolicyMistake> for PolicyError {
    fn from(mistake: PolicyMistake) -> Self {
        Self {
            mistakes: vec![mistake],
        }
    }
}
