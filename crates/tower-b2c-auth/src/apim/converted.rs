//! The result of reading a document.

use std::fmt;

use crate::settings::Settings;

/// A document, converted to settings. [`read`](super::read) returns it.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, apim::{ReadOptions, read}};
///
/// let policy = r#"<validate-jwt header-name="Authorization">
///     <openid-config url="https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_a/v2.0/.well-known/openid-configuration" />
///     <audiences><audience>00001111-aaaa-2222-bbbb-3333cccc4444</audience></audiences>
/// </validate-jwt>"#;
/// let converted = read(policy, &ReadOptions::new())?;
/// for note in &converted.notes {
///     println!("{note}");
/// }
/// assert!(B2cAuthLayer::from_settings(converted.settings).is_ok());
/// # Ok::<(), tower_b2c_auth::apim::PolicyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Converted {
    /// The settings, not checked yet.
    pub settings: Settings,
    /// What works differently here than in API Management, in document order.
    pub notes: Vec<Note>,
}

/// A difference from API Management, or something in the document that has no effect here. `Display` writes `line N, name: text`.
///
/// ```
/// # use tower_b2c_auth::apim::{ReadOptions, read};
/// # let policy = r#"<validate-jwt header-name="Authorization">
/// #     <openid-config url="https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_a/v2.0/.well-known/openid-configuration" />
/// #     <audiences><audience>api</audience></audiences>
/// # </validate-jwt>"#;
/// # let converted = read(policy, &ReadOptions::new())?;
/// let note = converted.notes.iter().find(|note| note.name == "header-name").unwrap();
/// assert_eq!(note.to_string(), r#"line 1, header-name: without require-scheme, a token is accepted with and without "Bearer"; other schemes are not"#);
/// # Ok::<(), tower_b2c_auth::apim::PolicyError>(())
/// ```
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
    /// The settings that differ from the defaults, as TOML, with the notes as comments. It contains the document's secrets, so do not log it.
    ///
    /// # Errors
    ///
    /// If serde cannot write the settings as TOML. It can write all settings that were read from a document.
    #[cfg(feature = "toml")]
    pub fn to_toml(&self) -> Result<String, fmt::Error> {
        use toml::Table;

        let notes = self.notes.iter().map(|note| format!("# {note}\n"));
        let notes: String = notes.collect();
        let settings = self.settings.with_secrets_in_clear();
        let mut table = Table::try_from(settings).map_err(|_| fmt::Error)?;
        let defaults = Table::try_from(Settings::default()).map_err(|_| fmt::Error)?;
        table.retain(|name, value| defaults.get(name) != Some(value));
        let table = toml::to_string_pretty(&table).map_err(|_| fmt::Error)?;
        let table = table.trim_end();
        Ok(format!(
            "# From a policy of Azure API Management.\n{notes}\n{table}\n"
        ))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.escape_debug();
        write!(f, "line {}, {name}: {}", self.line, self.text)
    }
}
