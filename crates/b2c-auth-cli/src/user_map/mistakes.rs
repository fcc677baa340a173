//! Collects the mistakes in a map.

use std::{error::Error, fmt::Display, path::Path};

/// All mistakes. Only the first ones are shown.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    shown: Vec<(u64, String)>,
    further: u64,
}

impl Mistakes {
    pub(super) fn add(&mut self, line: u64, text: impl Display) {
        if self.shown.len() < MAX_SHOWN {
            self.shown.push((line, text.to_string()));
        } else {
            self.further += 1;
        }
    }

    /// # Errors
    ///
    /// One line for each mistake, if there are any.
    pub(super) fn finish(self, path: &Path) -> Result<(), Box<dyn Error>> {
        if self.shown.is_empty() {
            return Ok(());
        }
        let path = path.display();
        let lines = self.shown.iter();
        let mut lines: Vec<_> = lines
            .map(|(line, text)| format!("  {path}:{line}: {text}"))
            .collect();
        if self.further > 0 {
            lines.push(format!("  and {} more", self.further));
        }
        Err(format!("the map of users cannot be used:\n{}", lines.join("\n")).into())
    }
}

/// The most mistakes shown. More than anybody reads before the next attempt.
const MAX_SHOWN: usize = 100;
