//! Tests that need keys and signed tokens, by subject.

mod access;
mod decryption;
mod encrypting;
mod families;
mod header;
mod jwk_set;
mod key;
mod key_pool;
mod kind;
mod lifetime;
mod metadata;
mod nesting;
mod oracle;
mod payload;
mod pem;
mod recipients;
mod rfc7516;
mod secrets;
mod shape;
mod signature;
mod support;
