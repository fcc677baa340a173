use smallvec::SmallVec;

use super::{JsonObject, Members, members::Member, span::Span};

/// A [`JsonObject`] in few bytes and allocations. The token cache holds thousands of them, and freeing one at eviction touches memory that is no longer in
/// the CPU's caches.
#[derive(Clone)]
pub(crate) struct StoredObject {
    text: Box<str>,
    source_len: usize,
    members: SmallVec<[Member; USUAL_MEMBERS]>,
    elements: SmallVec<[Span; USUAL_ELEMENTS]>,
}

impl StoredObject {
    pub(crate) fn members(&self) -> Members<'_> {
        Members {
            text: &self.text,
            members: &self.members,
            elements: &self.elements,
        }
    }

    /// The JSON text of the whole object.
    pub(crate) fn source(&self) -> &str {
        self.text.get(..self.source_len).unwrap_or_default()
    }

    /// The bytes that it occupies on the heap.
    pub(crate) fn heap_size(&self) -> usize {
        self.text.len() + spilled_size(&self.members) + spilled_size(&self.elements)
    }
}

impl From<&JsonObject> for StoredObject {
    fn from(object: &JsonObject) -> Self {
        Self {
            text: object.text.as_str().into(),
            source_len: object.source_len,
            members: SmallVec::from_slice(&object.members),
            elements: SmallVec::from_slice(&object.elements),
        }
    }
}

fn spilled_size<A: smallvec::Array>(list: &SmallVec<A>) -> usize {
    if list.spilled() {
        size_of_val(list.as_slice())
    } else {
        0
    }
}

/// The claims in an access token: 13 in Microsoft's example for B2C, 16 in tokens of real tenants, and a few more that an application may ask for. A longer
/// list moves to the heap, and its space here is wasted.
const USUAL_MEMBERS: usize = 20;
/// One or two email addresses.
const USUAL_ELEMENTS: usize = 2;

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
    fn a_stored_object_reads_like_the_one_it_was_made_from() {
        let text = r#"{"iss":"a\u00e9b","n":1,"list":["x","\ny"],"mixed":["x",1],"iss2":{"a":[]}}"#;
        for text in [text, "{}", r#"{"":""}"#, r#"{"é":["ß"]}"#] {
            let mut object = JsonObject::default();
            object.read(text.as_bytes()).unwrap();
            let stored = StoredObject::from(&object);
            assert_eq!(describe(stored.members()), describe(object.members()));
            assert_eq!(stored.source(), text);
            for name in object.members().names().chain(["absent"]) {
                assert_eq!(
                    stored.members().get(name).map(|value| value.raw()),
                    object.members().get(name).map(|value| value.raw())
                );
            }
        }
    }
}
