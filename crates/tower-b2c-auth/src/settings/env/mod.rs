//! Environment variables ─▶ `Settings`.
//!
//! | file | what it holds |
//! |---|---|
//! | `variables.rs` | names ─▶ a tree of tables |
//! | `deserializer.rs` | the tree ─▶ values for serde |
//! | `read.rs` | both together, with all mistakes |

mod deserializer;
mod read;
mod variables;

pub(super) use self::read::variable_of;
