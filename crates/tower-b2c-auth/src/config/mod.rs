//! [`Settings`](crate::Settings) after the check: what the layer runs on.
//!
//! One file checks one table of the settings. All mistakes are gathered, and reported together as a [`SettingsError`](crate::SettingsError).

mod authority;
mod check;
mod inline_key;
mod inline_keys;
mod keys;
mod metadata_url;
mod migration;
mod names;
mod refusal;
mod required_claim;
mod token;

pub(crate) use self::{authority::AuthorityConfig, check::Config};
