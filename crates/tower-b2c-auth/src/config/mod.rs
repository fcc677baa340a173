//! `Settings` ─▶ `Config`: checks what the operator typed, and turns it into what the layer runs on.
//!
//! 1. `check.rs` checks the top level and calls the rest. Most other files check one table of the settings, under its name.
//! 2. A mistake ends only the checks that need the mistaken value. All are reported together, as a [`SettingsError`](crate::SettingsError), each with
//!    field, value and remedy.
//! 3. A value that is checked becomes a type: a duration, a URL, a rule, a key. No other module parses a setting's text again.
//! 4. A setting that contradicts another is a mistake too. In most cases, so is a setting that another one makes ineffective: the operator expects an effect
//!    that will not come.
//!
//! Nothing here uses the network. Files that the settings name are read here, at each check, so a swap reads them again.
//!
//! A mistake repeats a value only if it cannot be a secret: keys, passwords and URLs that may contain one are shown as `…`.
//!
//! | file | checks |
//! |---|---|
//! | `check.rs` | the top level, with audiences and claim headers |
//! | `added.rs` | authorities that are added while requests are judged |
//! | `authority.rs`, `authority_names.rs`, `metadata_url.rs` | one authority, its name, and where its metadata is |
//! | `known_issuers.rs`, `listed_issuers.rs`, `unknown_issuers.rs` | which authority has which issuer, and how many may learn theirs from metadata |
//! | `any_tenant.rs`, `tenants.rs` | authorities that accept any tenant, and what a source of tenants answers |
//! | `routes.rs`, `route.rs`, `registered_methods.rs` | all routes together, and each alone |
//! | `common_rules.rs`, `names.rs` | what all authorities share, and names of tenants, policies and hosts |
//! | `inline_keys.rs`, `key_material.rs`, `decryption_keys.rs`, `secret_file.rs` | keys that the settings hold or name |
//! | `warnings.rs`, `audience_warnings.rs`, `repeated_authorities.rs` | settings that are valid, but perhaps not intended |

mod added;
mod any_tenant;
mod audience_warnings;
mod authority;
mod authority_names;
mod check;
pub(crate) mod common_rules;
pub(crate) mod decryption_keys;
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
mod registered_methods;
mod repeated_authorities;
mod required_claim;
mod route;
mod routes;
mod secret_file;
mod tenants;
mod token;
mod unknown_issuers;
#[cfg(feature = "migration")]
mod user_salt;
mod warnings;

#[cfg(feature = "apim")]
pub(crate) use self::key_material::KeyWords;
pub(crate) use self::{
    added::Known,
    authority::AuthorityConfig,
    authority_names::is_numbered,
    check::{Config, Need},
    listed_issuers::IssuerList,
    look_ups::LookUpConfig,
    tenants::TenantConfig,
    token::token_source,
};
