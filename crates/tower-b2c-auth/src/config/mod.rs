//! [`Settings`](crate::Settings) after the check: what the layer runs on.
//!
//! One file checks one table of the settings. All mistakes are gathered, and reported together as a [`SettingsError`](crate::SettingsError).

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
mod listed_issuers;
mod look_ups;
mod metadata_url;
mod migration;
mod names;
mod refusal;
mod required_claim;
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
    look_ups::LookUpRules,
    tenants::TenantRules,
    token::token_source,
};
