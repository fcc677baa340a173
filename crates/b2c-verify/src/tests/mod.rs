//! Tests that need keys and signed tokens, by subject.

mod access;
mod header;
mod jwk_set;
mod key;
mod kind;
mod lifetime;
mod metadata;
mod nesting;
mod oracle;
mod payload;
mod pem;
mod recipients;
mod secrets;
mod shape;
mod signature;
mod support;
