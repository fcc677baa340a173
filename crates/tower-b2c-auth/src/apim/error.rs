//! All mistakes in a document at once.

use std::{error::Error, fmt};

/// Something wrong or unsupported in a document. It never shows a value, because values may be keys.
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

/// The document is unusable: all its mistakes, or the first place where it is not XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    pub(super) mistakes: Vec<PolicyMistake>,
}

impl PolicyError {
    /// The mistakes; never empty.
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
