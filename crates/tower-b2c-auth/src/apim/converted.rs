//! The result of reading a document.

use std::fmt;

use crate::settings::Settings;

/// A document, converted to settings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Converted {
    /// The settings.
    pub settings: Settings,
    /// The differences from API Management, in document order.
    pub notes: Vec<Note>,
}

/// A difference from API Management, or something in the document that has no effect here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The line in the document, counted from 1.
    pub line: usize,
    /// The element or attribute.
    pub name: String,
    /// What happens instead, and why.
    pub text: String,
}

impl Converted {
    /// The settings that differ from the defaults, as TOML, with the notes as comments. It contains secrets.
    ///
    /// # Errors
    ///
    /// Never for settings that were read from a document.
    #[cfg(feature = "toml")]
    pub fn to_toml(&self) -> Result<String, fmt::Error> {
        use toml::Table;

        let mut text = String::from("# From a policy of Azure API Management.\n");
        for note in &self.notes {
            text.push_str(&format!("# {note}\n"));
        }
        let mut table =
            Table::try_from(self.settings.with_secrets_in_clear()).map_err(|_| fmt::Error)?;
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
