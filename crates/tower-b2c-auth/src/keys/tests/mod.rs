//! Tests that involve more than one file.

mod fleet;
mod lost;
