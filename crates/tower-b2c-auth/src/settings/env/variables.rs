//! The names of variables ─▶ tables within tables.

use std::{borrow::Borrow, collections::BTreeMap};

/// The variables of one setting.
#[derive(Debug)]
pub(super) struct Node {
    /// The variable's name, or the common prefix of the table's variables.
    pub(super) name: String,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Text(String),
    /// Keyed by name in lower case, or by number.
    Table(BTreeMap<String, Node>),
}

impl Node {
    /// The table of all settings.
    pub(super) fn root() -> Self {
        Self::table(String::new())
    }

    /// Adds a variable, unless it lacks the prefix. The rest of its name is a path whose steps are separated by two underscores.
    ///
    /// # Errors
    ///
    /// If it contradicts another variable, or its name is not that of a setting.
    pub(super) fn add(&mut self, variable: &str, text: String) -> Result<(), &'static str> {
        let Some(steps) = steps_of(variable) else {
            return Ok(());
        };
        if steps.len() > MAX_STEPS || steps.iter().any(String::is_empty) {
            return Err(NOT_A_SETTING);
        }
        self.insert(variable, &steps, text)
    }

    fn table(name: String) -> Self {
        Self {
            name,
            content: Content::Table(BTreeMap::new()),
        }
    }

    fn insert(
        &mut self,
        variable: &str,
        steps: &[String],
        text: String,
    ) -> Result<(), &'static str> {
        let Content::Table(table) = &mut self.content else {
            return Err(
                "sets a part of a setting that another variable sets as a whole; remove one of the two",
            );
        };
        let Some((step, rest)) = steps.split_first() else {
            return Err("is set as a whole and in parts; remove one of the two");
        };
        if rest.is_empty() {
            let leaf = Self {
                name: variable.to_owned(),
                content: Content::Text(text),
            };
            return match table.insert(step.clone(), leaf) {
                None => Ok(()),
                Some(_) => Err("is set twice: as a whole and in parts, or in upper and lower case"),
            };
        }
        let within: usize = rest.iter().map(|step| SEPARATOR.len() + step.len()).sum();
        let name = variable.get(..variable.len().saturating_sub(within));
        let name = name.unwrap_or_default().to_owned();
        let node = table
            .entry(step.clone())
            .or_insert_with(|| Self::table(name));
        node.insert(variable, rest, text)
    }
}

/// The steps in the name of a variable, in lower case. `None` without the prefix.
pub(super) fn steps_of(variable: &str) -> Option<Vec<String>> {
    let path = variable.strip_prefix(PREFIX)?;
    let steps = path.split(SEPARATOR).map(str::to_ascii_lowercase);
    Some(steps.collect())
}

/// The variable whose name has these steps.
pub(super) fn variable_named(steps: &[impl Borrow<str>]) -> String {
    format!("{PREFIX}{}", steps.join(SEPARATOR).to_ascii_uppercase())
}

pub(super) const PREFIX: &str = "B2C_AUTH_";
pub(super) const SEPARATOR: &str = "__";
pub(super) const NOT_A_SETTING: &str = "is not a setting; two underscores lead into a table or a list, as in B2C_AUTH_AUTHORITIES__0__TENANT";
/// As many steps as the longest name of a setting has.
const MAX_STEPS: usize = 6;
