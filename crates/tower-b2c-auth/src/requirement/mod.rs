//! Rules on verified claims: who may do what.
//!
//! Every such rule is a [`Requirement`], whether it comes from a handler, the settings or an API Management document. It is a value: it can be compared,
//! shown in the challenge, and checked again for each request of a cached token.
//!
//! 1. A name is compared exactly, as RFC 6749 §3.3 asks for scopes. Only policies ignore letter case, as B2C does.
//! 2. An empty list is never met, neither by `any_of` nor by `all_of`.
//! 3. If only the client application is wrong, the reason is `foreign_client`, and the challenge names no scopes.

mod claim;
mod functions;
mod rule;
mod scope_name;

pub(crate) use self::{claim::ClaimRequirement, scope_name::scope_mistake};
pub use self::{
    functions::{
        all_of, any_of, claim, client, permission, policy, role, scope, try_permission, try_scope,
    },
    rule::Requirement,
    scope_name::InvalidScope,
};
