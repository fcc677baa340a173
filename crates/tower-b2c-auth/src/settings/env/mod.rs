//! Environment variables ─▶ `Settings`.
//!
//! | file | what it holds |
//! |---|---|
//! | `variables.rs` | names ─▶ a tree of tables |
//! | `deserializer.rs` | the tree ─▶ the values that serde asks for |
//! | `read.rs` | the two together, and all mistakes |

mod deserializer;
mod read;
mod variables;

pub(super) use self::read::variable_of;
