//! Rules on verified claims: who may do what.
//!
//! Every such rule is a [`Requirement`], whether it comes from a handler, the settings or an API Management document. It is a value: it can be compared,
//! shown in the challenge, and checked again for each request of a cached token.
//!
//! 1. A name is compared exactly, as RFC 6749 §3.3 asks for scopes. Only policies ignore letter case, as B2C does.
//! 2. An empty list is never met, neither by `any_of` nor by `all_of`.
//! 3. The reason says what is missing: a scope, a role, a policy, another claim or the client application. The challenge names scopes only if one is
//!    missing.

mod claim;
mod functions;
mod rule;
mod scope_name;

pub(crate) use self::{claim::ClaimRequirement, rule::Lack, scope_name::scope_mistake};
pub use self::{
    functions::{
        all_of, any_of, claim, client, permission, policy, role, scope, try_permission, try_scope,
    },
    rule::Requirement,
    scope_name::InvalidScope,
};
