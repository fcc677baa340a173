//! JSON text ─▶ list of members: one parse, no tree. All JSON from outside goes through here.
//!
//! serde_json decides what JSON is; `plain.rs` reads the plain JSON of tokens in a third of the time, and leaves the rest to serde_json. A
//! [`JsonObject`] only notes where names and values lie, so claims are looked up without an allocation and kept as received, in a [`StoredObject`].
//! Reading is iterative: nesting costs no stack.

mod members;
mod object;
mod plain;
mod span;
mod stored;

pub(crate) use members::{Content, Members, Value};
pub(crate) use object::{JsonError, JsonObject, MAX_MEMBERS, split_array};
pub(crate) use stored::StoredObject;
