//! Rules on verified claims: who may do what.
//!
//! [`Requirement`] is the one value for it: handlers, settings and API Management's documents all make one.

mod claim;
mod rule;
mod scope_name;

pub(crate) use self::claim::ClaimRequirement;
pub use self::rule::{
    Requirement, all_of, any_of, claim, client, permission, policy, role, scope, try_permission,
    try_scope,
};
pub use self::scope_name::InvalidScope;
pub(crate) use self::scope_name::scope_mistake;
