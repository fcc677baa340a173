//! The builder: `Settings` in code, and the few values that no file can contain.
//!
//! | file | its methods |
//! |---|---|
//! | `b2c_auth_builder.rs` | `build`, which checks everything and makes the layer |
//! | `tokens.rs` | which tokens are accepted |
//! | `requests.rs` | where the token is, and what happens to requests |
//! | `fetching.rs` | when and how keys are fetched |
//! | `process.rs` | what no settings contain, and no swap changes |

mod b2c_auth_builder;
mod fetching;
mod process;
mod requests;
mod tokens;

pub use self::b2c_auth_builder::B2cAuthBuilder;
