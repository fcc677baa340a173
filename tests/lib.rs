//! Whole requests through the real layer; see `main.rs`.
