#![doc = include_str!("../../docs/how-do-i.md")]

pub mod coming_from;
pub mod order_of_layers;
#[cfg(feature = "test-util")]
pub mod testing;
