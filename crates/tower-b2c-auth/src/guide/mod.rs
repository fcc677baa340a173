#![doc = include_str!("../../docs/how-do-i.md")]

pub mod coming_from;
#[cfg(feature = "fetch")]
pub mod network;
pub mod order_of_layers;
#[cfg(all(feature = "env", feature = "toml"))]
pub mod settings;
#[cfg(feature = "test-util")]
pub mod testing;
