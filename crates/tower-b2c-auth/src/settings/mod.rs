//! The configuration as the operator typed it.
//!
//! The builder, a TOML file, the environment and a `validate-jwt` document all produce [`Settings`]. Filling it in checks nothing; the layer's `build`
//! checks everything once and reports all mistakes together as a [`SettingsError`]. The check itself is in `config/`.

mod authority;
mod authority_builder;
mod cloud;
mod decryption_key;
#[cfg(feature = "env")]
mod env;
mod error;
mod family;
mod fetch;
mod field_names;
mod forgotten_key;
mod inline_key;
mod key_refresh;
mod keys;
#[cfg(feature = "toml")]
mod leave_out;
mod look_ups;
mod migration;
#[cfg(any(feature = "apim", feature = "env", feature = "toml"))]
mod nearest_name;
mod one_or_many;
#[cfg(feature = "toml")]
mod parse;
#[cfg(feature = "toml")]
mod parse_error;
mod refusal;
mod required_claim;
mod route;
mod routing;
mod secret;
mod stage;
mod tenants;
mod text_duration;
mod token;
#[cfg(feature = "toml")]
mod toml_hint;
#[cfg(feature = "toml")]
mod toml_line;
#[cfg(feature = "toml")]
mod toml_path;
mod top_level;
#[cfg(any(feature = "env", feature = "toml"))]
mod wording;

#[cfg(feature = "toml")]
pub use self::parse_error::{ParseError, ParseMistake};
pub use self::{
    authority::AuthoritySettings,
    authority_builder::{
        AuthorityBuilder, B2cTenant, EntraTenant, InlineKeys, Metadata, b2c, entra_id,
        entra_id_tenants, external_id, from_jwks, from_keys, from_metadata,
    },
    cloud::Cloud,
    decryption_key::DecryptionKeySettings,
    error::{Mistake, SettingsError},
    family::Family,
    fetch::FetchSettings,
    forgotten_key::ForgottenKey,
    inline_key::InlineKey,
    key_refresh::KeyRefresh,
    keys::KeySettings,
    look_ups::{LookUpSettings, WithoutResult},
    migration::MigrationSettings,
    refusal::RefusalSettings,
    required_claim::{ClaimMatch, RequiredClaim},
    route::RouteSettings,
    routing::{OtherRoutes, RoutingSettings},
    secret::Secret,
    stage::Stage,
    tenants::TenantSettings,
    text_duration::TextDuration,
    token::TokenSettings,
    top_level::Settings,
};
#[cfg(feature = "apim")]
pub(crate) use self::{error::one_per_line, nearest_name::nearest_name};
pub(crate) use self::{
    error::{Hidden, Mistakes, mistake},
    field_names::top_level_names,
};
