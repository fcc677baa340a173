//! The claims of a verified token.

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
