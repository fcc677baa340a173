//! Everything that is wrong with the settings, at once.

use std::{fmt, time::Duration};

use super::TextDuration;
#[cfg(feature = "toml")]
use super::toml_line::TomlLines;

/// One mistake in the settings, or one [warning](super::Settings::warnings): which setting, its value, and how to correct it.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, b2c};
///
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_a"))
///     .audience("api")
///     .clock_skew("10m")
///     .build();
/// let error = auth.unwrap_err();
/// let mistake = &error.mistakes()[0];
/// assert_eq!((mistake.field.as_str(), mistake.value.as_str()), ("clock_skew", "\"10m\""));
/// assert!(mistake.remedy.starts_with("must not be longer than \"5m\""));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mistake {
    /// File and line. `None` until [`in_toml`](Self::in_toml) has added them.
    pub place: Option<String>,
    /// The setting by its name in TOML, which is also that of its Rust field, such as `authorities[0].tenant`; for one that is set only in code, a name such
    /// as `look_up.found_for`. After [`in_env`](Self::in_env), and in errors of `from_env`, it is the variable.
    pub field: String,
    /// The value that was given, as `Debug` shows it. For a table, it is what identifies the table; for a certificate or proxy that the HTTP client cannot
    /// use, its error. `…` stands for what could be a secret or would not help.
    pub value: String,
    /// What is wrong and how to correct it.
    pub remedy: String,
}

impl Mistake {
    /// A mistake that your service finds in the settings by a check of its own. `value` is shown as `Debug` writes it, so it must not be a secret.
    ///
    /// ```
    /// use tower_b2c_auth::Mistake;
    ///
    /// let mistake = Mistake::new("token.query", "access_token", "may be logged; take the token from a header");
    /// assert_eq!(mistake.to_string(), r#"token.query = "access_token": may be logged; take the token from a header"#);
    /// ```
    pub fn new(
        field: impl Into<String>,
        value: impl fmt::Debug,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            place: None,
            field: field.into(),
            value: format!("{value:?}"),
            remedy: remedy.into(),
        }
    }

    /// Puts the table's name before the setting's, for a file that has the settings in this table; see [`SettingsError::in_table`].
    #[must_use]
    pub fn in_table(mut self, table: &str) -> Self {
        self.field = format!("{table}.{}", self.field);
        self
    }

    /// Adds the place; see [`SettingsError::in_toml`].
    #[cfg(feature = "toml")]
    #[must_use]
    pub fn in_toml(self, file: &str, text: &str) -> Self {
        self.placed(file, &TomlLines::new(text))
    }

    #[cfg(feature = "toml")]
    fn placed(mut self, file: &str, lines: &TomlLines<'_>) -> Self {
        let line = lines.line_of(&self.field);
        self.place = line.map(|line| format!("{file}:{line}"));
        self
    }

    /// Names the setting by its variable; see [`SettingsError::in_env`].
    #[cfg(feature = "env")]
    #[must_use]
    pub fn in_env(mut self) -> Self {
        if let Some(variable) = super::env::variable_of(&self.field) {
            self.field = variable;
        }
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{} = {}: {}", self.field, self.value, self.remedy)
    }
}

/// All the mistakes in the settings, which therefore cannot be used. `Display` writes one line for each, and so does `Debug`, which is what an operator
/// sees if `main` returns the error.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, b2c};
///
/// let error = B2cAuthLayer::builder().authority(b2c("contoso.onmicrosoft.com").policy("signin")).build().unwrap_err();
/// let fields: Vec<_> = error.mistakes().iter().map(|mistake| mistake.field.as_str()).collect();
/// assert_eq!(fields, ["audiences", "authorities[0].tenant", "authorities[0].policy"]);
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the settings cannot be used:{}", one_per_line(mistakes))]
pub struct SettingsError {
    mistakes: Vec<Mistake>,
}

impl SettingsError {
    /// The mistakes, in the order of the checks; never empty.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// Names each setting as in a file of the service's own that has the settings in this table: `auth.audiences` for `audiences`, if `table` is `auth`.
    /// Call it before [`in_toml`](Self::in_toml), which then finds the right line.
    ///
    /// ```
    /// # #[cfg(feature = "toml")]
    /// # {
    /// use tower_b2c_auth::{B2cAuthLayer, Settings};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Configuration {
    ///     auth: Settings,
    /// }
    ///
    /// let text = "audiences = 'of something else'\n\n[auth]\nclock_skew = '9m'\n";
    /// let settings = toml::from_str::<Configuration>(text)?.auth;
    /// let error = B2cAuthLayer::from_settings(settings).unwrap_err().in_table("auth").in_toml("service.toml", text);
    /// let line_4 = "service.toml:4: auth.clock_skew = \"9m\": must not be longer";
    /// assert!(error.to_string().contains(line_4));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn in_table(self, table: &str) -> Self {
        self.each(|mistake| mistake.in_table(table))
    }

    /// Adds to each mistake its place in the TOML text that the settings were read from: `file`, and the line of the setting. For a missing setting, it is
    /// the line of its table, if there is one.
    ///
    /// The text must be the whole file. If the settings are a table in it, call [`in_table`](Self::in_table) first.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, Settings};
    ///
    /// let text = "audiences = 'tasks'\n\n[[authorities]]\ntenant = 'contoso.onmicrosoft.com'\npolicy = 'B2C_1_a'\n";
    /// let settings = Settings::from_toml(text)?;
    /// let error = B2cAuthLayer::from_settings(settings).unwrap_err().in_toml("b2c.toml", text);
    /// assert_eq!(error.mistakes()[0].place.as_deref(), Some("b2c.toml:4"));
    /// # Ok::<(), tower_b2c_auth::ParseError>(())
    /// ```
    #[cfg(feature = "toml")]
    pub fn in_toml(self, file: &str, text: &str) -> Self {
        let lines = TomlLines::new(text);
        self.each(|mistake| mistake.placed(file, &lines))
    }

    /// Names each setting by its environment variable, for settings that [`Settings::from_env`](super::Settings::from_env) has read. What has no variable,
    /// because it is set only in code, keeps its name.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, Settings};
    ///
    /// let settings = Settings::from_variables([("B2C_AUTH_AUDIENCES", "api")])?;
    /// let error = B2cAuthLayer::from_settings(settings).unwrap_err().in_env();
    /// assert_eq!(error.mistakes()[0].field, "B2C_AUTH_AUTHORITIES");
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    #[cfg(feature = "env")]
    pub fn in_env(self) -> Self {
        self.each(Mistake::in_env)
    }

    fn each(self, change: impl Fn(Mistake) -> Mistake) -> Self {
        Self {
            mistakes: self.mistakes.into_iter().map(change).collect(),
        }
    }
}

impl fmt::Debug for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Mistakes for the `Display` of an error, each on a line of its own.
pub(crate) fn one_per_line(mistakes: &[impl fmt::Display]) -> String {
    let lines = mistakes.iter().map(|mistake| format!("\n  {mistake}"));
    lines.collect()
}

/// A single mistake, found after the check while the layer is built.
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

/// The value of a mistake that shows none, because it could be a secret or would not help.
pub(crate) struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Collects mistakes while settings are checked.
#[derive(Debug, Default)]
pub(crate) struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Adds a mistake without showing its value, which may be a secret in the wrong place.
    #[cfg(feature = "env")]
    pub(crate) fn add_hidden(&mut self, field: String, remedy: impl Into<String>) {
        self.add(field, Hidden, remedy);
    }

    pub(crate) fn add(
        &mut self,
        field: impl Into<String>,
        value: impl fmt::Debug,
        remedy: impl Into<String>,
    ) {
        self.0.push(Mistake::new(field, value, remedy));
    }

    /// The value of `result`, or `None` after adding the mistake.
    pub(crate) fn note<T>(
        &mut self,
        field: impl Into<String>,
        value: impl fmt::Debug,
        result: Result<T, impl Into<String>>,
    ) -> Option<T> {
        match result {
            Ok(parsed) => Some(parsed),
            Err(remedy) => {
                self.add(field, value, remedy);
                None
            }
        }
    }

    /// The value of `result`, or `None` after adding all its mistakes.
    pub(crate) fn note_all<T>(&mut self, result: Result<T, SettingsError>) -> Option<T> {
        result.map_err(|error| self.0.extend(error.mistakes)).ok()
    }

    /// The duration, or `None` after adding the mistake.
    pub(crate) fn duration(&mut self, field: &str, text: &TextDuration) -> Option<Duration> {
        self.note(field, text, text.parse())
    }

    /// The same for a duration that must not be zero. Zero is a mistake, but is returned.
    pub(crate) fn positive(&mut self, field: &str, text: &TextDuration) -> Option<Duration> {
        let duration = self.duration(field, text)?;
        if duration.is_zero() {
            self.add(field, text, "must not be zero");
        }
        Some(duration)
    }

    pub(crate) fn into_vec(self) -> Vec<Mistake> {
        self.0
    }

    /// Returns what was built, or all the mistakes.
    pub(crate) fn finish<T>(self, built: Option<T>) -> Result<T, SettingsError> {
        match built {
            Some(built) if self.0.is_empty() => Ok(built),
            _ => Err(SettingsError { mistakes: self.0 }),
        }
    }
}
