//! What is wrong with a TOML text.

use std::{error::Error, fmt};

use super::{error::one_per_line, wording::reworded};

/// All the mistakes in a TOML text, which therefore cannot be read as settings. `Display` and `Debug` write one line for each.
///
/// ```
/// use tower_b2c_auth::Settings;
///
/// let error = Settings::from_toml("audience = 'api'\nclock_skew = 60\n").unwrap_err();
/// let lines: Vec<_> = error.mistakes().iter().map(|it| it.line).collect();
/// assert_eq!(lines, [1, 2]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ParseError {
    mistakes: Vec<ParseMistake>,
}

impl ParseError {
    pub(super) fn of(mut mistakes: Vec<ParseMistake>) -> Self {
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        Self { mistakes }
    }

    /// The mistakes in the order of the text, at most 32; never empty.
    pub fn mistakes(&self) -> &[ParseMistake] {
        &self.mistakes
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [mistake] = self.mistakes() {
            return mistake.fmt(f);
        }
        let mistakes = one_per_line(&self.mistakes);
        write!(f, "the settings cannot be read:{mistakes}")
    }
}

impl fmt::Debug for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for ParseError {}

/// One place where a text is not TOML, or has an unknown field or a value of the wrong type.
///
/// ```
/// use tower_b2c_auth::Settings;
///
/// let error = Settings::from_toml("audiences = 'api'\n[keys]\nmax_waiting = 'many'\n").unwrap_err();
/// let mistake = &error.mistakes()[0];
/// assert_eq!((mistake.line, mistake.column), (3, 15));
/// // The value itself, which may be a secret in the wrong place, is not shown.
/// assert_eq!(mistake.message, "expected an integer of zero or more that is not too large, found a string");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
#[non_exhaustive]
pub struct ParseMistake {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong and what would be right. It never contains the value.
    pub message: String,
}

impl ParseMistake {
    /// `hint` replaces serde's message.
    pub(super) fn new(error: &toml::de::Error, text: &str, hint: Option<String>) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or_default();
        let (_, beside) = before.rsplit_once('\n').unwrap_or(("", before));
        Self {
            line: before.matches('\n').count() + 1,
            column: beside.chars().count() + 1,
            message: hint.unwrap_or_else(|| reworded(error.message())),
        }
    }
}
