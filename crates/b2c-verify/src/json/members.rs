use super::{packed::PackedMember, span::Span};

/// One member of an object: its name, its value, and the value's text if it is a string.
#[derive(Clone, Copy)]
pub(crate) struct Member {
    pub(super) name: Span,
    /// Settles almost every comparison of names without a look at the text.
    pub(super) fingerprint: u32,
    pub(super) value: Span,
    pub(super) content: StoredContent,
}

impl Member {
    pub(super) fn has_name_of(&self, other: &Self, text: &str) -> bool {
        self.fingerprint == other.fingerprint && self.name.of(text) == other.name.of(text)
    }
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
    pub(super) text: &'a str,
    /// The members are in one of the two lists, and the other one is empty.
    pub(super) list: &'a [Member],
    pub(super) packed: &'a [PackedMember],
    pub(super) elements: &'a [Element],
}

/// A string in an array of strings.
#[derive(Clone, Copy)]
pub(crate) struct Element(pub(super) Span);

impl<'a> Members<'a> {
    pub(crate) fn get(self, name: &str) -> Option<Value<'a>> {
        let wanted = fingerprint(name);
        let mut members = self.list.iter();
        let member = members
            .find(|member| member.fingerprint == wanted && member.name.of(self.text) == name);
        let mut packed = self.packed.iter();
        let member = member.copied().or_else(|| {
            let member = packed.find(|member| member.name(self.text) == name)?;
            Some(member.unpack(self.text))
        })?;
        Some(self.value(member))
    }

    fn iter(self) -> impl Iterator<Item = Member> {
        let packed = self
            .packed
            .iter()
            .map(move |member| member.unpack(self.text));
        self.list.iter().copied().chain(packed)
    }

    pub(crate) fn names(self) -> impl Iterator<Item = &'a str> {
        self.iter().map(move |member| member.name.of(self.text))
    }

    /// Whether more than `limit` arrays and objects lie within each other in a value.
    pub(crate) fn nest_deeper_than(self, limit: usize) -> bool {
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
        let content = match member.content {
            StoredContent::Text(span) => Content::Text(span.of(self.text)),
            StoredContent::Texts(span) => Content::Texts(Texts {
                text: self.text,
                elements: span.of_list(self.elements),
            }),
            StoredContent::Other => Content::Other,
        };
        Value {
            raw: member.value.of(self.text),
            content,
        }
    }
}

/// A JSON value.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    /// As it was written.
    pub(crate) raw: &'a str,
    pub(crate) content: Content<'a>,
}

impl<'a> Value<'a> {
    /// The unescaped text of a string.
    pub(crate) fn text(self) -> Option<&'a str> {
        match self.content {
            Content::Text(text) => Some(text),
            Content::Texts(_) | Content::Other => None,
        }
    }

    /// The strings of an array that has nothing else. Empty for everything else.
    pub(crate) fn texts(self) -> Texts<'a> {
        match self.content {
            Content::Texts(texts) => texts,
            Content::Text(_) | Content::Other => Texts::default(),
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
    text: &'a str,
    elements: &'a [Element],
}

impl<'a> Texts<'a> {
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        self.elements
            .iter()
            .map(move |element| element.0.of(self.text))
    }
}

/// The length of a name and its first three bytes: all there is of `iss`, `aud` or `exp`.
pub(super) fn fingerprint(name: &str) -> u32 {
    let length = name.len().try_into().unwrap_or(u8::MAX);
    let mut bytes = name.bytes();
    let mut next = || bytes.next().unwrap_or_default();
    u32::from_le_bytes([length, next(), next(), next()])
}

fn nests_deeper_than(json: &str, limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    json.bytes().any(|byte| {
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
