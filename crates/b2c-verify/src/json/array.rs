//! Splits arrays, with serde_json.

use std::fmt;

use serde::{
    Deserializer,
    de::{Error, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// Splits the text of an array into the texts of its elements. `None` if it is not an array; an error if it has more than `limit` elements.
pub(crate) fn split_array(json: &str, limit: usize) -> Option<Result<Vec<&str>, TooMany>> {
    let mut elements = Vec::new();
    let mut too_many = false;
    let each = |element| {
        too_many = elements.len() == limit;
        elements.push(element);
        !too_many
    };
    let outcome = serde_json::Deserializer::from_str(json).deserialize_seq(Elements(each));
    match outcome {
        _ if too_many => Some(Err(TooMany)),
        Ok(()) => Some(Ok(elements)),
        Err(_) => None,
    }
}

/// The array has too many elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany;

/// Calls a function with the text of each element until it returns false.
pub(super) struct Elements<F>(pub(super) F);

impl<'s, F: FnMut(&'s str) -> bool> Visitor<'s> for Elements<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'s>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(element) = seq.next_element::<&RawValue>()? {
            if !self.0(element.get()) {
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
