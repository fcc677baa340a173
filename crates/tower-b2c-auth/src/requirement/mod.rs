//! Rules on verified claims: who may do what.
//!
//! Every such rule is a [`Requirement`], whether it comes from a handler, the settings or an API Management document.

mod claim;
mod functions;
mod rule;
mod scope_name;

pub(crate) use self::claim::ClaimRequirement;
pub use self::functions::{
    all_of, any_of, claim, client, permission, policy, role, scope, try_permission, try_scope,
};
pub use self::rule::Requirement;
pub use self::scope_name::InvalidScope;
pub(crate) use self::scope_name::scope_mistake;
