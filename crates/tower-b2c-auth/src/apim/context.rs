//! What is gathered while a document is interpreted.

use super::{
    converted::Note,
    error::{PolicyError, PolicyMistake},
    options::ReadOptions,
    xml::Element,
};

/// The options, and the mistakes and notes so far.
#[derive(Debug)]
pub(super) struct Context<'o> {
    pub(super) options: &'o ReadOptions,
    mistakes: Vec<PolicyMistake>,
    notes: Vec<Note>,
}

impl<'o> Context<'o> {
    pub(super) fn new(options: &'o ReadOptions) -> Self {
        Self {
            options,
            mistakes: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Something that is wrong or cannot be honoured.
    pub(super) fn refuse(&mut self, line: usize, name: &str, remedy: impl Into<String>) {
        self.mistakes.push(PolicyMistake {
            line,
            name: name.into(),
            remedy: remedy.into(),
        });
    }

    /// A decision that is not quite API Management's.
    pub(super) fn note(&mut self, line: usize, name: &str, text: impl Into<String>) {
        self.notes.push(Note {
            line,
            name: name.into(),
            text: text.into(),
        });
    }

    /// An element that holds elements only.
    pub(super) fn expect_no_text(&mut self, element: &Element<'_>) {
        if !element.text.trim().is_empty() {
            let remedy = "holds text where only elements can be; delete the text";
            self.refuse(element.line, element.name(), remedy);
        }
    }

    /// An element that holds no elements.
    pub(super) fn expect_no_children(&mut self, element: &Element<'_>) {
        for child in &element.children {
            self.unknown(child, element.name());
        }
    }

    /// An element that this policy does not have there.
    pub(super) fn unknown(&mut self, element: &Element<'_>, parent: &str) {
        let remedy = format!("is not an element of <{parent}>; check the spelling, or delete it");
        self.refuse(element.line, element.name(), remedy);
    }

    /// # Errors
    ///
    /// All mistakes, in the order of their lines.
    pub(super) fn finish(mut self) -> Result<Vec<Note>, PolicyError> {
        if self.mistakes.is_empty() {
            self.notes.sort_by_key(|note| note.line);
            Ok(self.notes)
        } else {
            self.mistakes.sort_by_key(|mistake| mistake.line);
            Err(PolicyError {
                mistakes: self.mistakes,
            })
        }
    }
}
