//! What the service knows of a user. It is looked up by the token's issuer and user id, and remembered for a while.
//!
//! ```text
//! verified claims ─▶ VerifiedUser ─▶ remembered? ─▶ LookUp ─▶ found | no such user | no answer
//! claims/            claims/          look_ups.rs    hook.rs
//! ```

mod awaited;
mod hook;
mod look_ups;
mod remembered;

pub use self::hook::LookUp;
pub(crate) use self::{
    awaited::Awaited,
    look_ups::{Answer, LookUps, Outcome},
};
