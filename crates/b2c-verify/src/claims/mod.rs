//! The claims of a verified token.
//!
//! Claims are kept as the JSON text that was signed, with an index of its members, and are parsed when somebody asks for one. Asking for the wrong type is
//! an error that usually names both types and never the value.

mod claim_error;
mod lifetime;
mod principal;
mod standard_claims;
mod verified_token;

pub(crate) use self::lifetime::{Lifetime, date};
pub use self::{
    claim_error::ClaimError,
    principal::Principal,
    verified_token::{VerifiedToken, heap_size},
};
