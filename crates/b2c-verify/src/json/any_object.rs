//! Parses any object, with serde_json.

use std::fmt;

use serde::{
    Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    JsonError, MAX_MEMBERS,
    array::Elements,
    members::{Member, NamePrefix, StoredContent},
    span::Span,
};

pub(super) fn read_any_object(
    text: &str,
    members: &mut Vec<Member>,
    elements: &mut Vec<Span>,
    unescaped: &mut String,
) -> Result<(), JsonError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let has_escapes = text.contains('\\');
    let collector = Collector {
        strings: Strings {
            source: text,
            has_escapes,
            unescaped,
            elements,
        },
        members,
    };
    deserializer
        .deserialize_map(collector)
        .and_then(|()| deserializer.end())
        .map_err(|_| JsonError::Malformed)
}

struct Collector<'s, 'b> {
    strings: Strings<'s, 'b>,
    members: &'b mut Vec<Member>,
}

impl<'s> Visitor<'s> for Collector<'s, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'s>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            if self.members.len() == MAX_MEMBERS {
                return Err(A::Error::custom("too many members"));
            }
            let member = self.strings.member(name.get(), value.get());
            self.members
                .push(member.ok_or_else(|| A::Error::custom("not a string"))?);
        }
        Ok(())
    }
}

struct Strings<'s, 'b> {
    source: &'s str,
    has_escapes: bool,
    unescaped: &'b mut String,
    elements: &'b mut Vec<Span>,
}

impl<'s> Strings<'s, '_> {
    fn member(&mut self, name: &'s str, value: &'s str) -> Option<Member> {
        let content = match value.as_bytes().first()? {
            b'"' => StoredContent::Text(self.string(value)?),
            b'[' => self
                .texts(value)
                .map_or(StoredContent::Other, StoredContent::Texts),
            _ => StoredContent::Other,
        };
        let name = self.string(name)?;
        Some(Member {
            prefix: NamePrefix::of(self.text_of(name).as_bytes()),
            name,
            value: Span::locate(value, self.source)?,
            content,
        })
    }

    /// The text of a string at this position.
    fn text_of(&self, span: Span) -> &str {
        match span.back_by(self.source.len()) {
            Some(unescaped) => unescaped.text_of(self.unescaped),
            None => span.text_of(self.source),
        }
    }

    /// The position of a string's content. `None` if an escape is not a character, such as half a surrogate pair.
    fn string(&mut self, quoted: &str) -> Option<Span> {
        if self.has_escapes && quoted.contains('\\') {
            let start = self.source.len() + self.unescaped.len();
            let text: String = serde_json::from_str(quoted).ok()?;
            self.unescaped.push_str(&text);
            Span::new(start, self.source.len() + self.unescaped.len())
        } else {
            Span::locate(quoted, self.source).map(Span::inner)
        }
    }

    /// The elements of an array of strings.
    fn texts(&mut self, array: &'s str) -> Option<Span> {
        let start = self.elements.len();
        let each = |element: &'s str| {
            let string = element
                .starts_with('"')
                .then(|| self.string(element))
                .flatten();
            string.is_some_and(|span| {
                self.elements.push(span);
                true
            })
        };
        if serde_json::Deserializer::from_str(array)
            .deserialize_seq(Elements(each))
            .is_err()
        {
            self.elements.truncate(start);
            return None;
        }
        Span::new(start, self.elements.len())
    }
}
