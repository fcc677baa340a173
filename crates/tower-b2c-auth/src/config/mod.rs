//! Checks [`Settings`](crate::Settings) and turns them into a [`Config`], which the layer runs on.
//!
//! `check.rs` checks the whole and calls the rest; most other files check one table of the settings, under its name. All mistakes are reported together, as
//! a [`SettingsError`](crate::SettingsError).
//!
//! | file | checks |
//! |---|---|
//! | `check.rs` | the top level, with audiences and claim headers |
//! | `added.rs` | authorities that are added while requests are judged |
//! | `authority.rs`, `authority_names.rs`, `metadata_url.rs` | one authority, its name, and where its metadata is |
//! | `known_issuers.rs`, `listed_issuers.rs`, `unknown_issuers.rs` | which authority has which issuer, and how many may learn theirs from metadata |
//! | `common_rules.rs`, `names.rs` | what all authorities share, and names of tenants, policies and hosts |
//! | `inline_keys.rs`, `key_material.rs`, `decryption_keys.rs`, `secret_file.rs` | keys that the settings hold or name |

mod added;
mod any_tenant;
mod authority;
mod authority_names;
mod check;
mod common_rules;
mod decryption_keys;
mod fetch;
mod forgotten_keys;
mod inline_keys;
mod key_material;
mod keys;
mod known_issuers;
mod listed_issuers;
mod look_ups;
mod metadata_url;
mod migration;
mod names;
mod refusal;
mod required_claim;
mod route;
mod routes;
mod secret_file;
mod tenants;
mod token;
mod unknown_issuers;
#[cfg(feature = "migration")]
mod user_salt;

pub(crate) use self::{
    added::Known,
    authority::AuthorityConfig,
    check::{Config, Need},
    look_ups::LookUpConfig,
    tenants::TenantConfig,
    token::token_source,
};
