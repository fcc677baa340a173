use super::{
    JsonObject, Members,
    members::Index,
    packed::{PackedMember, PackedSpan, pack_member, pack_span},
};

/// How a [packed](JsonObject::pack) object's bytes are divided: members, elements, then the text.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    members: u16,
    elements: u16,
    source_len: u16,
}

impl JsonObject {
    /// The object as bytes that can be kept, as few as it needs: verified claims are kept by the thousand. `None` if the text has 64 KiB or more.
    pub(crate) fn pack(&self) -> Option<(Layout, Vec<u8>)> {
        // Spans lie in the text, or count its elements, which are fewer than its bytes: so they fit if its length does.
        u16::try_from(self.text.len()).ok()?;
        let layout = Layout {
            members: self.members.len().try_into().ok()?,
            elements: self.elements.len().try_into().ok()?,
            source_len: self.source_len.try_into().ok()?,
        };
        let size = size_of::<PackedMember>() * self.members.len()
            + size_of::<PackedSpan>() * self.elements.len()
            + self.text.len();
        let mut bytes = Vec::with_capacity(size);
        for member in &self.members {
            bytes.extend_from_slice(&pack_member(member));
        }
        for element in &self.elements {
            bytes.extend_from_slice(&pack_span(*element));
        }
        bytes.extend_from_slice(self.text.as_bytes());
        Some((layout, bytes))
    }
}

impl Layout {
    /// The members of the object that these bytes were packed from.
    pub(crate) fn members(self, bytes: &[u8]) -> Members<'_> {
        let split = |bytes, count, size| {
            <[u8]>::split_at_checked(bytes, usize::from(count) * size).unwrap_or_default()
        };
        let (members, rest) = split(bytes, self.members, size_of::<PackedMember>());
        let (elements, text) = split(rest, self.elements, size_of::<PackedSpan>());
        Members {
            text,
            index: Index::Packed {
                members: members.as_chunks().0,
                elements: elements.as_chunks().0,
            },
        }
    }

    /// The JSON text of the whole object.
    pub(crate) fn source(self, bytes: &[u8]) -> &str {
        let text = self.members(bytes).text;
        let source = text.get(..self.source_len.into()).unwrap_or_default();
        str::from_utf8(source).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn describe(members: Members<'_>) -> Vec<String> {
        let all = members.names().zip(members.values());
        all.map(|(name, value)| {
            let texts: Vec<_> = value.texts().iter().collect();
            format!("{name}|{}|{:?}|{texts:?}", value.raw(), value.text())
        })
        .collect()
    }

    #[test]
    fn a_packed_object_reads_like_the_one_it_was_made_from() {
        let text = r#"{"iss":"a\u00e9b","n":1,"list":["x","\ny"],"mixed":["x",1],"iss2":{"a":[]}}"#;
        for text in [text, "{}", r#"{"":""}"#, r#"{"é":["ß"]}"#] {
            let mut object = JsonObject::default();
            object.read(text.as_bytes()).unwrap();
            let (layout, bytes) = object.pack().unwrap();
            let packed = layout.members(&bytes);
            assert_eq!(describe(packed), describe(object.members()));
            assert_eq!(layout.source(&bytes), text);
            for name in object.members().names().chain(["absent"]) {
                assert_eq!(
                    packed.get(name).map(|value| value.raw()),
                    object.members().get(name).map(|value| value.raw())
                );
            }
        }
    }

    #[test]
    fn what_has_64_kib_is_not_packed() {
        let mut object = JsonObject::default();
        for (length, fits) in [(65_527, true), (65_528, false)] {
            let text = format!(r#"{{"n":"{}"}}"#, "a".repeat(length));
            object.read(text.as_bytes()).unwrap();
            assert_eq!(object.pack().is_some(), fits, "{}", text.len());
        }
    }
}
