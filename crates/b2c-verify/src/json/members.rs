use super::{
    packed::{PackedMember, PackedSpan, has_name, unpack_member, unpack_span},
    span::Span,
};

/// One member of an object: its name, its value, and the value's text if it is a string.
#[derive(Clone, Copy)]
pub(crate) struct Member {
    pub(super) name: Span,
    pub(super) value: Span,
    pub(super) content: StoredContent,
}

#[derive(Clone, Copy)]
pub(super) enum StoredContent {
    Text(Span),
    /// A range of the list of elements.
    Texts(Span),
    Other,
}

/// The members of one JSON object, in their order.
#[derive(Clone, Copy)]
pub(crate) struct Members<'a> {
    pub(super) text: &'a [u8],
    pub(super) index: Index<'a>,
}

/// Where everything lies in the text.
#[derive(Clone, Copy)]
pub(super) enum Index<'a> {
    Read {
        members: &'a [Member],
        fingerprints: &'a [Fingerprint],
        elements: &'a [Span],
    },
    Packed {
        members: &'a [PackedMember],
        elements: &'a [PackedSpan],
    },
}

impl<'a> Members<'a> {
    pub(crate) fn get(self, name: &str) -> Option<Value<'a>> {
        let member = match self.index {
            Index::Read {
                members,
                fingerprints,
                ..
            } => {
                let wanted = Fingerprint::of(name.as_bytes());
                let mut candidates = fingerprints.iter().zip(members);
                *candidates
                    .find(|(fingerprint, member)| {
                        **fingerprint == wanted && member.name.of(self.text) == name.as_bytes()
                    })?
                    .1
            }
            Index::Packed { members, .. } => {
                let mut members = members.iter();
                unpack_member(*members.find(|member| has_name(member, name, self.text))?)
            }
        };
        Some(self.value(member))
    }

    fn iter(self) -> impl Iterator<Item = Member> {
        let (read, packed): (&[_], &[_]) = match self.index {
            Index::Read { members, .. } => (members, &[]),
            Index::Packed { members, .. } => (&[], members),
        };
        let packed = packed.iter().copied().map(unpack_member);
        read.iter().copied().chain(packed)
    }

    pub(crate) fn names(self) -> impl Iterator<Item = &'a str> {
        self.iter()
            .map(move |member| member.name.text_of(self.text))
    }

    /// Whether more than `limit` arrays and objects lie within each other in a value.
    pub(super) fn nest_deeper_than(self, limit: usize) -> bool {
        self.iter().any(|member| {
            matches!(member.content, StoredContent::Other)
                && nests_deeper_than(member.value.of(self.text), limit)
        })
    }

    #[cfg(test)]
    pub(super) fn values(self) -> impl Iterator<Item = Value<'a>> {
        self.iter().map(move |member| self.value(member))
    }

    fn value(self, member: Member) -> Value<'a> {
        Value {
            object: self,
            member,
        }
    }
}

/// A JSON value, which is looked at only when it is asked.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    object: Members<'a>,
    member: Member,
}

impl<'a> Value<'a> {
    /// As it was written.
    pub(crate) fn raw(self) -> &'a str {
        self.member.value.text_of(self.object.text)
    }

    /// The unescaped text of a string.
    pub(crate) fn text(self) -> Option<&'a str> {
        match self.content() {
            Content::Text(text) => Some(text),
            Content::Texts(_) | Content::Other => None,
        }
    }

    /// The strings of an array that has nothing else. Empty for everything else.
    pub(crate) fn texts(self) -> Texts<'a> {
        match self.content() {
            Content::Texts(texts) => texts,
            Content::Text(_) | Content::Other => Texts::default(),
        }
    }

    pub(crate) fn content(self) -> Content<'a> {
        let Members { text, index } = self.object;
        match self.member.content {
            StoredContent::Text(span) => Content::Text(span.text_of(text)),
            StoredContent::Texts(span) => Content::Texts(Texts {
                text,
                elements: match index {
                    Index::Read { elements, .. } => Elements::Read(span.of(elements)),
                    Index::Packed { elements, .. } => Elements::Packed(span.of(elements)),
                },
            }),
            StoredContent::Other => Content::Other,
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Content<'a> {
    /// A string, unescaped.
    Text(&'a str),
    /// An array of strings and of nothing else, maybe empty.
    Texts(Texts<'a>),
    Other,
}

/// The strings of an array.
#[derive(Clone, Copy, Default)]
pub(crate) struct Texts<'a> {
    text: &'a [u8],
    elements: Elements<'a>,
}

#[derive(Clone, Copy)]
enum Elements<'a> {
    Read(&'a [Span]),
    Packed(&'a [PackedSpan]),
}

impl Default for Elements<'_> {
    fn default() -> Self {
        Self::Read(&[])
    }
}

impl<'a> Texts<'a> {
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        let (read, packed): (&[_], &[_]) = match self.elements {
            Elements::Read(elements) => (elements, &[]),
            Elements::Packed(elements) => (&[], elements),
        };
        let packed = packed.iter().copied().map(unpack_span);
        let spans = read.iter().copied().chain(packed);
        spans.map(move |span| span.text_of(self.text))
    }
}

/// The length of a name and its first three bytes, all there is of `iss`, `aud` or `exp`: it settles almost every comparison of names without
/// a look at the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint(u32);

impl Fingerprint {
    pub(super) fn of(name: &[u8]) -> Self {
        let length = name.len().try_into().unwrap_or(u8::MAX);
        let [a, b, c] = match *name {
            [a, b, c, ..] => [a, b, c],
            [a, b] => [a, b, 0],
            [a] => [a, 0, 0],
            [] => [0; 3],
        };
        Self(u32::from_le_bytes([length, a, b, c]))
    }

    /// One bit of 128, most often another one for another fingerprint.
    pub(super) const fn mark(self) -> u128 {
        1 << (self.0.wrapping_mul(SPREAD) >> (u32::BITS - 7))
    }
}

fn nests_deeper_than(json: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    json.iter().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth = depth.saturating_add(1),
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > limit
    })
}

/// Any odd number; spreads fingerprints over the top bits (2^32 divided by the golden ratio).
const SPREAD: u32 = 0x9e37_79b9;
