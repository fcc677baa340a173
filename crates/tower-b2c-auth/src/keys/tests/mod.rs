//! Tests that involve more than one file, or that are longer than what they test.

mod fleet;
mod forgotten;
mod lost;
mod plan;
