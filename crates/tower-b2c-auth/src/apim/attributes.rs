//! The attributes of one element. Any that is not taken is a mistake.
//!
//! Taking an attribute removes it from the list. What is left at the end is reported by name, so that an attribute which Microsoft adds later, and which
//! may restrict access, is refused instead of ignored.

use super::{context::Context, xml::Element};
use crate::settings::nearest_name;

/// An element's attributes that have not been taken yet.
#[derive(Debug)]
pub(super) struct Attributes<'e> {
    element: &'e str,
    left: Vec<Attribute>,
    /// The known names, for suggesting a spelling.
    known: Vec<&'static str>,
}

/// An attribute.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) line: usize,
    name: String,
    /// The value, unparsed.
    pub(super) escaped: String,
}

impl<'e> Attributes<'e> {
    pub(super) fn of(element: &'e Element<'_>, context: &mut Context<'_>) -> Self {
        let raw = element.tag.attributes_raw();
        let mut left = Vec::new();
        let (mut line, mut rest) = (element.line, raw);
        // Repeated names are found at the end, without comparing all pairs.
        for attribute in element.tag.attributes().with_checks(false) {
            match attribute {
                Ok(attribute) => {
                    let name = attribute.key.into_inner();
                    if let Some((before, after)) = rest.split_once(name) {
                        line += newlines(before);
                        left.push(Attribute {
                            line,
                            name: name.into(),
                            escaped: attribute.value.as_ref().into(),
                        });
                        // Search after the value, which may contain names itself.
                        let value = attribute.value.as_ref();
                        let (between, after) = after.split_once(value).unwrap_or(("", after));
                        line += newlines(between) + newlines(value);
                        rest = after;
                    }
                }
                Err(error) => {
                    let remedy = format!(
                        "has attributes that are not well-formed ({error}); write &quot; for a quotation mark in a value"
                    );
                    context.refuse(line, element.name(), remedy);
                    break;
                }
            }
        }
        Self {
            element: element.name(),
            left,
            known: Vec::new(),
        }
    }

    /// Whether there is an attribute of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.left.iter().any(|attribute| attribute.name == name)
    }

    /// The attribute of this name, unparsed.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Attribute> {
        self.known.push(name);
        let at = self
            .left
            .iter()
            .position(|attribute| attribute.name == name)?;
        Some(self.left.remove(at))
    }

    /// The line and text of the attribute of this name, without spaces around it; `None` if absent or refused.
    pub(super) fn text(
        &mut self,
        name: &'static str,
        context: &mut Context<'_>,
    ) -> Option<(usize, String)> {
        let (line, text) = self.verbatim(name, context)?;
        Some((line, text.trim().to_owned()))
    }

    /// The same with the spaces around it.
    pub(super) fn verbatim(
        &mut self,
        name: &'static str,
        context: &mut Context<'_>,
    ) -> Option<(usize, String)> {
        let attribute = self.take(name)?;
        let text = context.text(attribute.line, name, &attribute.escaped)?;
        Some((attribute.line, text))
    }

    /// The text of the attribute of this name, parsed.
    pub(super) fn parsed<T>(
        &mut self,
        name: &'static str,
        context: &mut Context<'_>,
        parse: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        let (line, text) = self.text(name, context)?;
        parse(&text)
            .map_err(|remedy| context.refuse(line, name, remedy))
            .ok()
    }

    /// Refuses the remaining attributes.
    pub(super) fn finish(self, context: &mut Context<'_>) {
        for attribute in &self.left {
            let known = self.known.iter().copied();
            let remedy = match nearest_name(&attribute.name, known) {
                Some(name) if *name == attribute.name => "is given twice; delete one".to_owned(),
                Some(name) => format!(
                    "is not an attribute of <{}>; did you mean {name}?",
                    self.element
                ),
                None => format!("is not an attribute of <{}>; delete it", self.element),
            };
            context.refuse(attribute.line, &attribute.name, remedy);
        }
    }
}

/// The booleans of XML Schema, and C#'s spelling of them.
pub(super) fn boolean(text: &str) -> Result<bool, &'static str> {
    match text {
        "true" | "True" | "1" => Ok(true),
        "false" | "False" | "0" => Ok(false),
        _ => Err("is neither true nor false; write one of them"),
    }
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}
