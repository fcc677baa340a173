#![doc = include_str!("../../docs/settings.md")]
