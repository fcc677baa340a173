//! JSON text ─▶ list of members: one parse, no tree. All untrusted JSON is parsed here first.
//!
//! `plain.rs` parses the simple JSON of most tokens in a third of serde_json's time. serde_json parses everything else and decides what is valid. A [`JsonObject`]
//! records only the positions of names and values, so looking up a claim does not allocate. A [`StoredObject`] keeps the claims as received. Parsing is
//! iterative, so nesting does not use stack.

mod any_object;
mod array;
mod members;
mod object;
mod plain;
mod span;
mod stored;

pub use self::object::MAX_NESTING;
pub(crate) use self::{
    array::split_array,
    members::{Content, Members, Value},
    object::{JsonError, JsonObject, MAX_MEMBERS},
    stored::StoredObject,
};
