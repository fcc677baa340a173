use std::mem;

use super::{
    Members, any_object::read_any_object, members::Member, plain::read_plain_object, span::Span,
};
use crate::{
    base64url,
    error::{Part, TokenError},
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
            read_any_object(text, members, elements, unescaped)?;
            text.push_str(unescaped);
        }
        if self.has_duplicates() {
            Err(JsonError::Duplicate)
        } else {
            Ok(())
        }
    }

    fn has_duplicates(&self) -> bool {
        let text = self.text.as_bytes();
        if self.members.len() <= FEW_MEMBERS {
            let mut marks = 0;
            return self.members.iter().enumerate().any(|(at, member)| {
                let mark = member.prefix.mark();
                let may_be_there = marks & mark != 0;
                marks |= mark;
                let mut earlier = self.members.iter().take(at);
                may_be_there
                    && earlier.any(|earlier| {
                        earlier.prefix == member.prefix
                            && earlier.name.of(text) == member.name.of(text)
                    })
            });
        }
        let mut names: Vec<_> = self.members().names().collect();
        names.sort_unstable();
        names.array_windows().any(|[one, next]| one == next)
    }
}

/// Why a text is not a usable object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    Malformed,
    /// Two members have the same name, possibly with different escapes.
    Duplicate,
}

impl JsonError {
    pub(crate) const fn in_part(self, part: Part) -> TokenError {
        match self {
            Self::Malformed => TokenError::Malformed(part),
            Self::Duplicate => TokenError::DuplicateMember(part),
        }
    }
}

/// The maximum number of members of one object. B2C's tokens have about sixteen, keys and metadata fewer.
pub(crate) const MAX_MEMBERS: usize = 256;

/// How deeply arrays and objects may nest in the value of a claim, a header parameter or a member of a key.
///
/// ```
#[doc = include_str!("../../docs/example_tokens.txt")]
/// use b2c_verify::{MAX_NESTING, Part, Scratch, TokenError};
///
/// # let mut scratch = Scratch::default();
/// let mut parse = |levels| {
///     let claims = format!(r#"{{"claim":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
///     parsed(&signed(&claims), &mut scratch).map(drop)
/// };
/// assert_eq!(parse(MAX_NESTING), Ok(()));
/// assert_eq!(parse(MAX_NESTING + 1), Err(TokenError::Malformed(Part::Claims)));
/// ```
pub const MAX_NESTING: usize = 32;

/// Up to this many names, comparing all pairs is faster than sorting.
const FEW_MEMBERS: usize = 32;
