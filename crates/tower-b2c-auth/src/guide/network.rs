#![doc = include_str!("../../docs/network.md")]
