//! The text of a policy's expressions: C# that is searched here, never evaluated.

use std::collections::BTreeSet;

use super::{options::ReadOptions, rewritten_token::attribute, xml::Element};

/// The text of some expressions, in lower case, with the named values that it refers to at its end.
#[derive(Debug, Default)]
pub(super) struct Expression(String);

impl Expression {
    /// Everything in this element and in those within it.
    pub(super) fn of(element: &Element<'_>, options: &ReadOptions) -> Self {
        let mut text = String::new();
        append(element, &mut text);
        Self::decoded(&text, options)
    }

    /// One attribute. In API Management's format `rawxml`, its end may be uncertain; then it is everything in the element.
    pub(super) fn of_attribute(element: &Element<'_>, name: &str, options: &ReadOptions) -> Self {
        let mut attributes = element.tag.attributes();
        if attributes.with_checks(false).all(|it| it.is_ok()) {
            let value = attribute(element, name).unwrap_or_default();
            Self::decoded(&value, options)
        } else {
            Self::of(element, options)
        }
    }

    fn decoded(escaped: &str, options: &ReadOptions) -> Self {
        let mut text = unescaped(escaped);
        let references = text.split("{{").skip(1);
        let names = references.filter_map(|it| Some(it.split_once("}}")?.0.trim()));
        let names: BTreeSet<_> = names.map(str::to_owned).collect();
        for name in &names {
            if let Some(value) = options.named_values.get(name) {
                text.push(' ');
                text.push_str(value.expose());
            }
        }
        if text.contains("@(") || text.contains("@{") {
            Self(text.to_lowercase())
        } else {
            // A constant depends on nothing.
            Self::default()
        }
    }

    pub(super) fn contains(&self, lower_case: &str) -> bool {
        self.0.contains(lower_case)
    }

    /// Whether it can end the request with an exception of its own.
    pub(super) fn throws(&self) -> bool {
        let is_letter = |c: char| c.is_alphanumeric() || c == '_';
        self.0.split(|c| !is_letter(c)).any(|word| word == "throw")
    }

    /// Its strings, and the texts between them: in the format `rawxml`, nothing tells the two apart.
    pub(super) fn strings(&self) -> impl Iterator<Item = &str> {
        self.0.split('"')
    }
}

fn append(element: &Element<'_>, text: &mut String) {
    for part in [element.tag.attributes_raw(), &element.text] {
        text.push_str(part);
        text.push(' ');
    }
    for child in &element.children {
        append(child, text);
    }
}

/// Text with its entities replaced, as far as they are entities: in C#, an ampersand stands alone.
fn unescaped(escaped: &str) -> String {
    let mut pieces = escaped.split('&');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let entity = piece.split_once(';').and_then(|(name, rest)| {
            let entity = format!("&{name};");
            let character = quick_xml::escape::unescape(&entity).ok()?.into_owned();
            Some((character, rest))
        });
        match entity {
            Some((character, rest)) => {
                text.push_str(&character);
                text.push_str(rest);
            }
            None => {
                text.push('&');
                text.push_str(piece);
            }
        }
    }
    text
}
