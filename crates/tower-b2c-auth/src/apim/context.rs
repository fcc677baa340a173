//! Collects the mistakes and notes while a document is read.
//!
//! Reading goes on after a mistake, so that an operator sees all of them at once. A mistake or note has the line of the element or attribute, its name, and
//! what to do. It repeats no value that may be a key.

use super::{
    attributes::Attributes,
    converted::Note,
    error::{PolicyError, PolicyMistake},
    options::ReadOptions,
    xml::Element,
};
use crate::settings::Secret;

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

    /// Adds a mistake: something wrong or unsupported.
    pub(super) fn refuse(&mut self, line: usize, name: &str, remedy: impl Into<String>) {
        self.mistakes.push(PolicyMistake::new(line, name, remedy));
    }

    /// Whether to guess what a misspelt name means. With many mistakes, guesses would take long and help nobody.
    pub(super) fn may_guess(&self) -> bool {
        self.mistakes.len() < MAX_GUESSES
    }

    /// Adds a note: a difference from API Management.
    pub(super) fn note(&mut self, line: usize, name: &str, text: impl Into<String>) {
        self.notes.push(Note {
            line,
            name: name.into(),
            text: text.into(),
        });
    }

    /// The PEM text of a certificate; `None` if it was not given, which is a mistake.
    pub(super) fn certificate(&mut self, line: usize, id: &str) -> Option<&'o str> {
        let pem = self.options.certificates.get(id);
        if pem.is_none() {
            let remedy = format!(
                "names the certificate {id:?}, which is missing; give it with --certificate {}=FILE",
                id.escape_debug()
            );
            self.refuse(line, "certificate-id", remedy);
        }
        pem.map(Secret::expose)
    }

    /// The children with these names, each of which may be given once. Every other child goes to `other`.
    pub(super) fn lists<'t, 'd, const N: usize>(
        &mut self,
        element: &'t Element<'d>,
        names: [&str; N],
        mut other: impl FnMut(&mut Self, &'t Element<'d>),
    ) -> [Option<&'t Element<'d>>; N] {
        let mut lists = [None; N];
        for child in &element.children {
            let at = names.iter().position(|name| *name == child.name());
            let Some(list) = at.and_then(|at| lists.get_mut(at)) else {
                other(self, child);
                continue;
            };
            if list.replace(child).is_some() {
                let remedy = format!("is given twice; put everything into one <{}>", child.name());
                self.refuse(child.line, child.name(), remedy);
            }
            self.expect_no_text(child);
            Attributes::of(child, self).finish(self);
        }
        lists
    }

    /// The elements of a list, all of this name. Others are refused, and so is a list without any.
    pub(super) fn elements<'t, 'd>(
        &mut self,
        list: Option<&'t Element<'d>>,
        name: &str,
    ) -> Vec<&'t Element<'d>> {
        let Some(list) = list else {
            return Vec::new();
        };
        if list.children.is_empty() {
            let remedy = format!("has no <{name}>; give one, or delete it");
            self.refuse(list.line, list.name(), remedy);
        }
        let children = list.children.iter();
        let (known, others): (Vec<_>, Vec<_>) = children.partition(|it| it.name() == name);
        for other in others {
            self.unknown(other, list.name());
        }
        known
    }

    /// Refuses text in an element that may only contain elements.
    pub(super) fn expect_no_text(&mut self, element: &Element<'_>) {
        if !element.text.trim().is_empty() {
            let remedy = "contains text where only elements are allowed; delete the text";
            self.refuse(element.line, element.name(), remedy);
        }
    }

    /// Refuses elements in an element that may not contain any.
    pub(super) fn expect_no_children(&mut self, element: &Element<'_>) {
        for child in &element.children {
            self.unknown(child, element.name());
        }
    }

    /// Refuses an element that is unknown at this place.
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

/// More mistakes than anybody corrects at once.
const MAX_GUESSES: usize = 20;
