//! Tests that involve more than one file.

mod fleet;
mod forgotten;
mod lost;
