//! The text of a policy's expressions: C# that is searched here, never evaluated.

use super::{options::ReadOptions, rewritten_token::attribute, xml::Element};

/// The text of some expressions, in lower case, with its named values.
#[derive(Debug, Default)]
pub(super) struct Expression {
    text: String,
    is_too_long: bool,
}

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
        let (text, is_too_long) = with_named_values(escaped, options);
        if is_too_long || text.contains("@(") || text.contains("@{") {
            Self {
                text: text.to_lowercase(),
                is_too_long,
            }
        } else {
            // A constant depends on nothing.
            Self::default()
        }
    }

    /// Whether its named values exceed [`MAX_INSERTED_BYTES`], so that it may contain anything.
    pub(super) fn is_too_long(&self) -> bool {
        self.is_too_long
    }

    pub(super) fn contains(&self, lower_case: &str) -> bool {
        self.text.contains(lower_case)
    }

    /// Its text without white space, which C# allows around a dot.
    pub(super) fn squeezed(&self) -> String {
        self.text.split_whitespace().collect()
    }

    /// Whether it can end the request with an exception of its own.
    pub(super) fn throws(&self) -> bool {
        let is_letter = |c: char| c.is_alphanumeric() || c == '_';
        self.text
            .split(|c| !is_letter(c))
            .any(|word| word == "throw")
    }

    /// Its strings, and the texts between them: in the format `rawxml`, nothing tells the two apart.
    pub(super) fn strings(&self) -> impl Iterator<Item = &str> {
        self.text.split('"')
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

/// Text with its entities and named values replaced, and whether these are too long. A named value that is too long or not given remains a reference.
pub(super) fn with_named_values(escaped: &str, options: &ReadOptions) -> (String, bool) {
    let text = unescaped(escaped);
    let mut pieces = text.split("{{");
    let mut inserted = pieces.next().unwrap_or_default().to_owned();
    let (mut left, mut is_too_long) = (MAX_INSERTED_BYTES, false);
    for piece in pieces {
        let reference = piece.split_once("}}").and_then(|(name, rest)| {
            let value = options.named_values.get(name.trim())?;
            Some((value.expose(), rest))
        });
        let fitting = reference.and_then(|(value, rest)| {
            let fits = left.checked_sub(value.len());
            is_too_long |= fits.is_none();
            left = fits?;
            Some([value, rest])
        });
        inserted.extend(fitting.unwrap_or(["{{", piece]));
    }
    (inserted, is_too_long)
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

/// The most that named values may add to an expression. In API Management, a named value has at most 4096 characters.
pub(super) const MAX_INSERTED_BYTES: usize = 16 * 1024;
