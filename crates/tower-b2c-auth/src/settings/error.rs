//! Everything that is wrong with the settings, at once.

use std::{error::Error, fmt};

/// One mistake of the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mistake {
    /// The setting by its name in TOML, such as `authorities[0].tenant`.
    pub field: String,
    /// What was given, as far as it may be shown. Inline secrets are never shown.
    pub value: String,
    /// What is wrong and what would be right.
    pub remedy: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}: {}", self.field, self.value, self.remedy)
    }
}

/// The settings cannot be used; all mistakes in them.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, b2c};
///
/// let error = B2cAuthLayer::builder().authority(b2c("contoso.onmicrosoft.com").policy("signin")).build().unwrap_err();
/// let fields: Vec<_> = error.mistakes().iter().map(|mistake| mistake.field.as_str()).collect();
/// assert_eq!(fields, ["audiences", "authorities[0].tenant", "authorities[0].policy"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    mistakes: Vec<Mistake>,
}

impl SettingsError {
    /// The mistakes in the order of the settings; never empty.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings cannot be used:")?;
        for mistake in &self.mistakes {
            write!(f, "\n  {mistake}")?;
        }
        Ok(())
    }
}

impl Error for SettingsError {}

/// A single mistake that shows only when the layer is put together.
pub(crate) fn mistake(
    field: &str,
    value: impl fmt::Debug,
    remedy: impl Into<String>,
) -> SettingsError {
    let mut mistakes = Mistakes::default();
    mistakes.add(field, value, remedy);
    SettingsError {
        mistakes: mistakes.0,
    }
}

/// Gathers mistakes while settings are checked.
#[derive(Debug, Default)]
pub(crate) struct Mistakes(Vec<Mistake>);

impl Mistakes {
    pub(crate) fn add(
        &mut self,
        field: impl Into<String>,
        value: impl fmt::Debug,
        remedy: impl Into<String>,
    ) {
        self.0.push(Mistake {
            field: field.into(),
            value: format!("{value:?}"),
            remedy: remedy.into(),
        });
    }

    /// The value of `result`, or none and the mistake written down.
    pub(crate) fn note<T>(
        &mut self,
        field: &str,
        value: impl fmt::Debug,
        result: Result<T, &str>,
    ) -> Option<T> {
        match result {
            Ok(parsed) => Some(parsed),
            Err(remedy) => {
                self.add(field, value, remedy);
                None
            }
        }
    }

    /// What was built, if there was no mistake on the way.
    pub(crate) fn finish<T>(self, built: Option<T>) -> Result<T, SettingsError> {
        match built {
            Some(built) if self.0.is_empty() => Ok(built),
            _ => Err(SettingsError { mistakes: self.0 }),
        }
    }
}
