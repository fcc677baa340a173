//! Tests that need keys and signed tokens, by what they are about.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod access;
#[cfg(feature = "axum")]
mod extract;
mod jwk_set;
mod key;
mod lifetime;
mod metadata;
mod nesting;
mod oracle;
mod recipients;
mod secrets;
mod shape;
mod signature;
mod support;
