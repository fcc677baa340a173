//! TOML text → `Settings`.

use super::Settings;

impl Settings {
    /// Reads settings from TOML. What they say is checked when a layer is built from them.
    ///
    /// ```
    /// use tower_b2c_auth::Settings;
    ///
    /// let settings = Settings::from_toml(r#"audiences = ["00001111-aaaa-2222-bbbb-3333cccc4444"]"#)?;
    /// assert_eq!(settings.audiences.len(), 1);
    ///
    /// let misspelt = Settings::from_toml("[keys]\nrefresh_intervall = '1h'").unwrap_err();
    /// assert_eq!((misspelt.line(), misspelt.column()), (2, 1));
    /// assert!(misspelt.to_string().ends_with("did you mean `refresh_interval`?"));
    /// # Ok::<(), tower_b2c_auth::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first place where the text is not TOML, or has a field or a type that no setting has.
    pub fn from_toml(text: &str) -> Result<Self, ParseError> {
        toml::from_str(text).map_err(|error| ParseError::new(&error, text))
    }
}

/// Where and why a text is not settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ParseError {
    line: usize,
    column: usize,
    message: String,
}

impl ParseError {
    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column in characters, counted from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    fn new(error: &toml::de::Error, text: &str) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or_default();
        let (_, beside) = before.rsplit_once('\n').unwrap_or(("", before));
        let mut message = error.message().replace('\n', ", ");
        if let Some(name) = nearest_name(&message) {
            message = format!("{}; did you mean `{name}`?", first_half(&message));
        }
        Self {
            line: before.matches('\n').count() + 1,
            column: beside.chars().count() + 1,
            message,
        }
    }
}

/// Of "unknown field `a`, expected one of `b`, `c`", what is most like `a`, if anything is.
fn nearest_name(message: &str) -> Option<&str> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let given = quoted.next().filter(|_| message.starts_with("unknown "))?;
    let likeness = |name: &str| strsim::jaro_winkler(given, name);
    quoted
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
        .filter(|name| likeness(name) >= LIKE)
}

fn first_half(message: &str) -> &str {
    message
        .split_once(", expected")
        .map_or(message, |(first, _)| first)
}

/// Below it, a list of all names helps more than a guess.
const LIKE: f64 = 0.8;
