//! A tenant: its seed and state, its handle, and the tokens that it issues.

mod known_names;
mod requests;
mod tenant;
mod tenant_handle;
mod token;
mod user_claims;

pub(crate) use self::{
    known_names::{listed, no_policy},
    tenant::{State, Tenant},
    user_claims::{to_version_1, user_claims},
};
pub use self::{requests::Requests, tenant_handle::TenantHandle, token::TokenBuilder};
