use super::{
    JsonObject, Members,
    members::{Index, Member},
    packed::{PackedMember, PackedSpan, pack_member, pack_span},
    span::Span,
};

/// A [`JsonObject`] in one piece of memory, and as little of it as it needs: verified claims are kept by the thousand.
pub(crate) struct OwnedObject {
    /// The members, the elements, then the text.
    bytes: Box<[u8]>,
    members: u16,
    elements: u16,
    source_len: u16,
}

impl OwnedObject {
    /// `None` if the text has 64 KiB or more.
    pub(super) fn new(
        text: &str,
        source_len: usize,
        members: &[Member],
        elements: &[Span],
    ) -> Option<Self> {
        let size = size_of::<PackedMember>() * members.len()
            + size_of::<PackedSpan>() * elements.len()
            + text.len();
        let mut bytes = Vec::with_capacity(size);
        for member in members {
            bytes.extend_from_slice(&pack_member(member)?);
        }
        for element in elements {
            bytes.extend_from_slice(&pack_span(*element)?);
        }
        bytes.extend_from_slice(text.as_bytes());
        Some(Self {
            bytes: bytes.into(),
            members: members.len().try_into().ok()?,
            elements: elements.len().try_into().ok()?,
            source_len: source_len.try_into().ok()?,
        })
    }

    pub(crate) fn members(&self) -> Members<'_> {
        let split = |bytes, count, size| {
            <[u8]>::split_at_checked(bytes, usize::from(count) * size).unwrap_or_default()
        };
        let (members, rest) = split(&self.bytes, self.members, size_of::<PackedMember>());
        let (elements, text) = split(rest, self.elements, size_of::<PackedSpan>());
        Members {
            text,
            index: Index::Packed {
                members: members.as_chunks().0,
                elements: elements.as_chunks().0,
            },
        }
    }

    pub(crate) fn memory_size(&self) -> usize {
        size_of::<Self>() + self.bytes.len()
    }

    /// The JSON text of the whole object.
    pub(crate) fn source(&self) -> &str {
        let text = self.members().text;
        let source = text.get(..self.source_len.into()).unwrap_or_default();
        str::from_utf8(source).unwrap_or_default()
    }
}

impl JsonObject {
    /// `None` if the text has 64 KiB or more.
    pub(crate) fn to_owned_object(&self) -> Option<OwnedObject> {
        OwnedObject::new(&self.text, self.source_len, &self.members, &self.elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn describe(members: Members<'_>) -> Vec<String> {
        let all = members.names().zip(members.values());
        all.map(|(name, value)| {
            let texts: Vec<_> = value.texts().iter().collect();
            format!("{name}|{}|{:?}|{texts:?}", value.raw, value.text())
        })
        .collect()
    }

    #[test]
    fn an_owned_object_reads_like_the_one_it_was_made_from() {
        let text = r#"{"iss":"a\u00e9b","n":1,"list":["x","\ny"],"mixed":["x",1],"iss2":{"a":[]}}"#;
        for text in [text, "{}", r#"{"":""}"#, r#"{"é":["ß"]}"#] {
            let mut object = JsonObject::default();
            object.read(text.as_bytes()).unwrap();
            let owned = object.to_owned_object().unwrap();
            assert_eq!(describe(owned.members()), describe(object.members()));
            assert_eq!(owned.source(), text);
            for name in object.members().names().chain(["absent"]) {
                assert_eq!(
                    owned.members().get(name).map(|value| value.raw),
                    object.members().get(name).map(|value| value.raw)
                );
            }
        }
    }

    #[test]
    fn what_has_64_kib_is_not_owned() {
        let mut object = JsonObject::default();
        for (length, fits) in [(65_527, true), (65_528, false)] {
            let text = format!(r#"{{"n":"{}"}}"#, "a".repeat(length));
            object.read(text.as_bytes()).unwrap();
            assert_eq!(object.to_owned_object().is_some(), fits, "{}", text.len());
        }
    }
}
