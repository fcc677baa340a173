//! Collects the mistakes in a map.

use std::{error::Error, fmt::Display, path::Path};

/// All mistakes. Only the first ones are reported in full.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    told: Vec<(u64, String)>,
    untold: u64,
}

impl Mistakes {
    pub(super) fn add(&mut self, line: u64, text: impl Display) {
        if self.told.len() < MAX_TOLD {
            self.told.push((line, text.to_string()));
        } else {
            self.untold += 1;
        }
    }

    /// # Errors
    ///
    /// One line for each mistake, if there are any.
    pub(super) fn finish(self, path: &Path) -> Result<(), Box<dyn Error>> {
        if self.told.is_empty() {
            return Ok(());
        }
        let path = path.display();
        let lines = self.told.iter();
        let mut lines: Vec<_> = lines
            .map(|(line, text)| format!("  {path}:{line}: {text}"))
            .collect();
        if self.untold > 0 {
            lines.push(format!("  and {} more", self.untold));
        }
        Err(format!("the map of users cannot be used:\n{}", lines.join("\n")).into())
    }
}

/// The most mistakes reported in full. More than anybody reads before the next attempt.
const MAX_TOLD: usize = 100;
