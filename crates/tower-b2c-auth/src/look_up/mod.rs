//! Look-ups of users: what the service itself knows about a user, looked up by issuer and user id, and remembered for a while.
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
