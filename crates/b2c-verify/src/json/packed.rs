use crate::json::{
    members::{Member, StoredContent, fingerprint},
    span::{ShortSpan, Span},
};

/// A [`Member`] in less than half the memory: its text has less than 64 KiB, as every token's has, and its fingerprint can be made again.
#[derive(Clone, Copy)]
pub(super) struct PackedMember {
    name: ShortSpan,
    value: ShortSpan,
    content: ShortSpan,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Texts,
    Other,
}

impl PackedMember {
    /// `None` if it does not fit.
    pub(super) fn pack(member: &Member) -> Option<Self> {
        let (kind, content) = match member.content {
            StoredContent::Text(span) => (Kind::Text, span),
            StoredContent::Texts(span) => (Kind::Texts, span),
            StoredContent::Other => (Kind::Other, Span::default()),
        };
        Some(Self {
            name: member.name.shorten()?,
            value: member.value.shorten()?,
            content: content.shorten()?,
            kind,
        })
    }

    pub(super) fn unpack(self, text: &str) -> Member {
        let content = self.content.into();
        Member {
            name: self.name.into(),
            fingerprint: fingerprint(self.name(text)),
            value: self.value.into(),
            content: match self.kind {
                Kind::Text => StoredContent::Text(content),
                Kind::Texts => StoredContent::Texts(content),
                Kind::Other => StoredContent::Other,
            },
        }
    }

    pub(super) fn name(self, text: &str) -> &str {
        Span::from(self.name).of(text)
    }
}

#[cfg(test)]
mod tests {
    use crate::json::{JsonObject, Members, OwnedObject};

    fn describe(members: Members<'_>) -> Vec<String> {
        let all = members.names().zip(members.values());
        all.map(|(name, value)| {
            let texts: Vec<_> = value.texts().iter().collect();
            format!("{name}|{}|{:?}|{texts:?}", value.raw, value.text())
        })
        .collect()
    }

    #[test]
    fn an_object_reads_the_same_whether_it_fits_or_not() {
        let small =
            r#"{"iss":"a\u00e9b","n":1,"list":["x","\ny"],"mixed":["x",1],"iss2":{"a":[]}}"#;
        let large = small.replacen("a\\u00e9b", &"a".repeat(70_000), 1);
        for text in [small, &large] {
            let mut object = JsonObject::default();
            object.read(text.as_bytes()).unwrap();
            let owned = OwnedObject::from(&object);
            assert_eq!(owned.members().packed.is_empty(), text.len() > 65_535);
            assert_eq!(describe(owned.members()), describe(object.members()));
            assert_eq!(owned.source(), text);
            for name in ["iss", "n", "list", "mixed", "iss2"] {
                let (one, other) = (
                    owned.members().get(name).unwrap(),
                    object.members().get(name).unwrap(),
                );
                assert_eq!(one.raw, other.raw);
            }
            assert!(owned.members().get("absent").is_none());
        }
    }
}
