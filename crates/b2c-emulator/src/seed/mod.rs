//! The initial state of the tenants. `b2c-auth emulator --seed FILE` reads it from TOML; the default is `default.toml`.

mod application;
mod lifetimes;
mod policy;
mod tenant;
mod user;
mod whole;

pub(crate) use self::application::Platform;
pub use self::{
    application::Application,
    lifetimes::Lifetimes,
    policy::{Policy, PolicyKind},
    tenant::{IssuerSetting, Kind, PolicyClaim, SubjectSetting, TenantSeed},
    user::User,
    whole::{Seed, SeedError},
};
