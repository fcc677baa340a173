//! The initial state of the tenants. `b2c-auth emulator --seed FILE` reads it from TOML; the default is `default.toml`.

mod application;
mod initial_state;
mod key_sharing;
mod lifetimes;
mod policy;
mod tenant;
mod user;

pub use self::{
    application::{AccessTokenVersion, Application},
    initial_state::{Seed, SeedError},
    key_sharing::KeySharing,
    lifetimes::Lifetimes,
    policy::{Policy, PolicyKind},
    tenant::{IssuerSetting, Kind, PolicyClaim, SubjectSetting, TenantSeed},
    user::User,
};
pub(crate) use self::{
    application::{DEFAULT_SCOPE, Platform},
    tenant::guid,
};
