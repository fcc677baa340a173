use crate::json::{
    JsonObject, Members,
    members::{Element, Member},
    packed::PackedMember,
};

/// A [`JsonObject`] in as little memory as it needs.
pub(crate) struct OwnedObject {
    text: Box<str>,
    source_len: usize,
    /// Empty if the members could be packed.
    list: Box<[Member]>,
    packed: Box<[PackedMember]>,
    elements: Box<[Element]>,
}

impl OwnedObject {
    pub(super) fn new(
        text: &str,
        source_len: usize,
        list: &[Member],
        elements: &[Element],
    ) -> Self {
        let packed: Option<Box<[_]>> = list.iter().map(PackedMember::pack).collect();
        Self {
            text: text.into(),
            source_len,
            list: if packed.is_some() { &[] } else { list }.into(),
            packed: packed.unwrap_or_default(),
            elements: elements.into(),
        }
    }

    pub(crate) fn members(&self) -> Members<'_> {
        Members {
            text: &self.text,
            list: &self.list,
            packed: &self.packed,
            elements: &self.elements,
        }
    }

    pub(crate) fn memory_size(&self) -> usize {
        size_of::<Self>()
            + self.text.len()
            + size_of_val::<[Member]>(&self.list)
            + size_of_val::<[PackedMember]>(&self.packed)
            + size_of_val::<[Element]>(&self.elements)
    }

    /// The JSON text of the whole object.
    pub(crate) fn source(&self) -> &str {
        self.text.get(..self.source_len).unwrap_or_default()
    }
}

impl From<&JsonObject> for OwnedObject {
    fn from(object: &JsonObject) -> Self {
        object.to_owned_object()
    }
}
