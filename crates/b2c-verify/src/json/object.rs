use std::{fmt, mem};

use serde::{
    Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    base64url,
    json::{
        Members,
        members::{Fingerprint, Member, StoredContent},
        plain::read_plain_object,
        span::Span,
    },
};

/// Reusable buffers for one JSON object.
#[derive(Default)]
pub(crate) struct JsonObject {
    /// The object as received, followed by the unescaped strings.
    pub(super) text: String,
    pub(super) source_len: usize,
    pub(super) members: Vec<Member>,
    pub(super) elements: Vec<Span>,
    unescaped: String,
    /// Whether a member's array or object may hold further arrays or objects.
    may_nest: bool,
}

impl JsonObject {
    /// Parses an object in Base64url without padding (RFC 7515 §2).
    pub(crate) fn decode(&mut self, base64url: &[u8]) -> Result<(), JsonError> {
        let mut bytes = mem::take(&mut self.text).into_bytes();
        bytes.clear();
        let decoded = base64url::decode(base64url, &mut bytes);
        match String::from_utf8(bytes) {
            Ok(text) => self.text = text,
            Err(_) => return Err(JsonError::Malformed),
        }
        decoded.map_err(|_| JsonError::Malformed)?;
        self.index()
    }

    /// Parses UTF-8 text that consists of one object.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<(), JsonError> {
        self.text.clear();
        self.text
            .push_str(str::from_utf8(bytes).map_err(|_| JsonError::Malformed)?);
        self.index()
    }

    /// Removes the object but keeps the buffers.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.members.clear();
        self.elements.clear();
        self.unescaped.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
            && self.members.is_empty()
            && self.elements.is_empty()
            && self.unescaped.is_empty()
    }

    pub(crate) fn members(&self) -> Members<'_> {
        Members {
            text: &self.text,
            members: &self.members,
            elements: &self.elements,
        }
    }

    /// Whether a member's value nests more than `limit` levels deep.
    pub(crate) fn nests_deeper_than(&self, limit: usize) -> bool {
        self.may_nest && self.members().nest_deeper_than(limit)
    }

    fn index(&mut self) -> Result<(), JsonError> {
        let Self {
            text,
            source_len,
            members,
            elements,
            unescaped,
            may_nest,
        } = self;
        members.clear();
        elements.clear();
        unescaped.clear();
        *source_len = text.len();
        *may_nest = read_plain_object(text, members, elements).is_none();
        if *may_nest {
            members.clear();
            elements.clear();
            Self::read_any_object(text, members, elements, unescaped)?;
            text.push_str(unescaped);
        }
        if self.has_duplicates() {
            Err(JsonError::Duplicate)
        } else {
            Ok(())
        }
    }

    /// Parses any object, with serde_json.
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

    fn has_duplicates(&self) -> bool {
        let text = self.text.as_bytes();
        if self.members.len() <= FEW_MEMBERS {
            let mut marks = 0;
            return self.members.iter().enumerate().any(|(at, member)| {
                let mark = member.fingerprint.mark();
                let may_be_there = marks & mark != 0;
                marks |= mark;
                let mut earlier = self.members.iter().take(at);
                may_be_there
                    && earlier.any(|earlier| {
                        earlier.fingerprint == member.fingerprint
                            && earlier.name.of(text) == member.name.of(text)
                    })
            });
        }
        let mut names: Vec<_> = self.members().names().collect();
        names.sort_unstable();
        names
            .iter()
            .zip(names.iter().skip(1))
            .any(|(one, next)| one == next)
    }
}

/// Why a text is not a usable object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    Malformed,
    /// Two members have the same name, possibly with different escapes.
    Duplicate,
}

/// Splits the text of an array into the texts of its elements. `None` if it is not an array or has more than `limit` elements.
pub(crate) fn split_array(json: &str, limit: usize) -> Option<Result<Vec<&str>, TooMany>> {
    let mut elements = Vec::new();
    let mut too_many = false;
    let each = |element| {
        too_many = elements.len() == limit;
        elements.push(element);
        !too_many
    };
    let outcome = serde_json::Deserializer::from_str(json).deserialize_seq(Elements(each));
    match outcome {
        _ if too_many => Some(Err(TooMany)),
        Ok(()) => Some(Ok(elements)),
        Err(_) => None,
    }
}

/// The array has too many elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany;

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
            fingerprint: Fingerprint::of(self.text_of(name).as_bytes()),
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

/// Calls a function with the text of each element until it returns false.
struct Elements<F>(F);

impl<'s, F: FnMut(&'s str) -> bool> Visitor<'s> for Elements<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'s>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(element) = seq.next_element::<&RawValue>()? {
            if !self.0(element.get()) {
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// The most members of one object. B2C's tokens have about twenty, keys and metadata fewer.
pub(crate) const MAX_MEMBERS: usize = 256;

/// Up to this many names, comparing all pairs is faster than sorting.
const FEW_MEMBERS: usize = 32;
