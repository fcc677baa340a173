use super::span::Span;

/// One member of an object: its name, its value, and the text of a string value. Comparing prefixes first avoids most comparisons of names.
#[derive(Clone, Copy)]
pub(crate) struct Member {
    pub(super) prefix: NamePrefix,
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

/// The members of one JSON object, in order.
#[derive(Clone, Copy)]
pub(crate) struct Members<'a> {
    pub(super) text: &'a str,
    pub(super) members: &'a [Member],
    pub(super) elements: &'a [Span],
}

impl<'a> Members<'a> {
    pub(crate) fn get(self, name: &str) -> Option<Value<'a>> {
        let wanted = NamePrefix::of(name.as_bytes());
        let text = self.text.as_bytes();
        let mut members = self.members.iter();
        let member = members
            .find(|member| member.prefix == wanted && member.name.of(text) == name.as_bytes())?;
        Some(self.value(*member))
    }

    pub(crate) fn names(self) -> impl Iterator<Item = &'a str> {
        self.members
            .iter()
            .map(move |member| member.name.text_of(self.text))
    }

    /// Whether a value nests more than `limit` levels deep.
    pub(super) fn nest_deeper_than(self, limit: usize) -> bool {
        self.members.iter().any(|member| {
            matches!(member.content, StoredContent::Other)
                && nests_deeper_than(member.value.text_of(self.text).as_bytes(), limit)
        })
    }

    #[cfg(test)]
    pub(super) fn values(self) -> impl Iterator<Item = Value<'a>> {
        self.members.iter().map(move |member| self.value(*member))
    }

    fn value(self, member: Member) -> Value<'a> {
        Value {
            object: self,
            member,
        }
    }
}

/// A JSON value, read on demand.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    object: Members<'a>,
    member: Member,
}

impl<'a> Value<'a> {
    /// The JSON text.
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

    /// The strings of an array of strings. Empty for any other value.
    pub(crate) fn texts(self) -> Texts<'a> {
        match self.content() {
            Content::Texts(texts) => texts,
            Content::Text(_) | Content::Other => Texts::default(),
        }
    }

    pub(crate) fn content(self) -> Content<'a> {
        let Members { text, elements, .. } = self.object;
        match self.member.content {
            StoredContent::Text(span) => Content::Text(span.text_of(text)),
            StoredContent::Texts(span) => Content::Texts(Texts {
                text,
                elements: span.of(elements),
            }),
            StoredContent::Other => Content::Other,
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Content<'a> {
    /// A string, unescaped.
    Text(&'a str),
    /// An array of strings only, possibly empty.
    Texts(Texts<'a>),
    Other,
}

/// The strings of an array.
#[derive(Clone, Copy, Default)]
pub(crate) struct Texts<'a> {
    text: &'a str,
    elements: &'a [Span],
}

impl<'a> Texts<'a> {
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        self.elements
            .iter()
            .map(move |span| span.text_of(self.text))
    }
}

/// The length of a name and its first three bytes, which differ for almost all names of one object.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct NamePrefix(u32);

impl NamePrefix {
    pub(super) fn of(name: &[u8]) -> Self {
        let length = name.len().try_into().unwrap_or(u8::MAX);
        let [a, b, c] = name.first_chunk().copied().unwrap_or_else(|| {
            let at = |place| name.get::<usize>(place).copied().unwrap_or_default();
            [at(0), at(1), 0]
        });
        Self(u32::from_le_bytes([length, a, b, c]))
    }

    /// One of 128 bits. Different prefixes rarely have the same bit.
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

/// Any odd number would be correct. This one, 2^32 divided by the golden ratio, spreads prefixes over the top bits.
const SPREAD: u32 = 0x9e37_79b9;
