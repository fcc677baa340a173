//! A claim and its required values, with the meaning of API Management's `<claim>`.
//!
//! | the claim is | its values are |
//! |---|---|
//! | an array | its elements |
//! | a string, with a separator | its parts |
//! | a string, without one | the string |
//! | a number or a boolean | its JSON text |
//! | absent | none, and the requirement is not met |
//!
//! Without required values, the claim only has to be there.

use b2c_verify::VerifiedToken;
use serde_json::Value;

use crate::settings::ClaimMatch;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClaimRequirement {
    name: Box<str>,
    values: Vec<Box<str>>,
    matching: ClaimMatch,
    separator: Option<Box<str>>,
}

impl ClaimRequirement {
    pub(crate) fn new(
        name: impl Into<Box<str>>,
        values: impl IntoIterator<Item = impl Into<Box<str>>>,
        matching: ClaimMatch,
    ) -> Self {
        Self {
            name: name.into(),
            values: values.into_iter().map(Into::into).collect(),
            matching,
            separator: None,
        }
    }

    pub(crate) fn separated_by(self, separator: impl Into<Box<str>>) -> Self {
        Self {
            separator: Some(separator.into()),
            ..self
        }
    }

    pub(crate) fn is_met_by(&self, claims: &VerifiedToken) -> bool {
        let Ok(Some(claim)) = claims.get::<Value>(&self.name) else {
            return false;
        };
        if self.values.is_empty() {
            return true;
        }
        let found = self.values_of(&claim);
        let mut wanted = self.values.iter().map(|value| &**value);
        let is_there = |wanted: &str| found.iter().any(|value| value == wanted);
        match self.matching {
            ClaimMatch::All => wanted.all(is_there),
            ClaimMatch::Any => wanted.any(is_there),
        }
    }

    pub(super) fn is_about_scopes(&self) -> bool {
        &*self.name == SCOPES
    }

    pub(super) fn is_about_roles(&self) -> bool {
        &*self.name == ROLES
    }

    pub(super) fn scopes(&self) -> impl Iterator<Item = &str> {
        let values = if self.is_about_scopes() {
            self.values.as_slice()
        } else {
            &[]
        };
        values.iter().map(|value| &**value)
    }

    /// The claim's values as text: the elements of an array, or the parts of a string at the separator.
    fn values_of(&self, claim: &Value) -> Vec<String> {
        match claim {
            Value::Array(elements) => elements.iter().filter_map(scalar_text).collect(),
            Value::String(text) => match &self.separator {
                Some(separator) => text.split(&**separator).map(str::to_owned).collect(),
                None => vec![text.clone()],
            },
            other => scalar_text(other).into_iter().collect(),
        }
    }
}

/// The text of a string; `None` for null; for anything else, its JSON text.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The claim with the scopes.
const SCOPES: &str = "scp";
/// The claim with the roles.
const ROLES: &str = "roles";
