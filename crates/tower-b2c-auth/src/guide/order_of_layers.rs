#![doc = include_str!("../../docs/order-of-layers.md")]
