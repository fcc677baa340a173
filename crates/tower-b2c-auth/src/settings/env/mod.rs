//! Environment variables ─▶ `Settings`.
//!
//! | file | what it holds |
//! |---|---|
//! | `variables.rs` | names ─▶ a tree of tables |
//! | `deserializer.rs` | the tree ─▶ values for serde |
//! | `spelling.rs` | a wrong name ─▶ the one that was probably meant |
//! | `read.rs` | all together, with all mistakes |

mod deserializer;
mod read;
mod spelling;
mod variables;

pub(super) use self::read::variable_of;
