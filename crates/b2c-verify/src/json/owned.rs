use crate::json::{
    JsonObject, Members,
    members::{Element, Member},
};

/// A [`JsonObject`] in as little memory as it needs.
pub(crate) struct OwnedObject {
    text: Box<str>,
    source_len: usize,
    list: Box<[Member]>,
    elements: Box<[Element]>,
}

impl OwnedObject {
    pub(super) fn new(
        text: &str,
        source_len: usize,
        list: &[Member],
        elements: &[Element],
    ) -> Self {
        Self {
            text: text.into(),
            source_len,
            list: list.into(),
            elements: elements.into(),
        }
    }

    pub(crate) fn members(&self) -> Members<'_> {
        Members {
            text: &self.text,
            list: &self.list,
            elements: &self.elements,
        }
    }

    pub(crate) fn memory_size(&self) -> usize {
        size_of::<Self>()
            + self.text.len()
            + size_of_val::<[Member]>(&self.list)
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
