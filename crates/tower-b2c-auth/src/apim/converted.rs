//! What a document becomes.

use std::fmt;

use toml::Table;

use crate::settings::Settings;

/// A document as settings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Converted {
    /// The settings.
    pub settings: Settings,
    /// What is not quite as in API Management, in the order of the document.
    pub notes: Vec<Note>,
}

/// A decision that is not quite API Management's, or something in the document that has no effect here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The line in the document, counted from 1.
    pub line: usize,
    /// The element or attribute.
    pub name: String,
    /// What is done instead, and why.
    pub text: String,
}

impl Converted {
    /// The settings as TOML, as far as they are not the defaults, with the notes as comments. Secrets are in it.
    ///
    /// # Errors
    ///
    /// None for settings that were read from a document.
    pub fn to_toml(&self) -> Result<String, fmt::Error> {
        let mut text = String::from("# From a <validate-jwt> policy of Azure API Management.\n");
        for note in &self.notes {
            text.push_str(&format!("# {note}\n"));
        }
        let mut table = Table::try_from(&self.settings).map_err(|_| fmt::Error)?;
        let defaults = Table::try_from(Settings::default()).map_err(|_| fmt::Error)?;
        table.retain(|name, value| defaults.get(name) != Some(value));
        text.push('\n');
        text.push_str(
            toml::to_string_pretty(&table)
                .map_err(|_| fmt::Error)?
                .trim_end(),
        );
        text.push('\n');
        Ok(text)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.escape_debug();
        write!(f, "line {}, {name}: {}", self.line, self.text)
    }
}
