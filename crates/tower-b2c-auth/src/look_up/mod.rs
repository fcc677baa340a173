//! Look-ups of users: what the service itself knows about a user, looked up by issuer and user id, and remembered for a while.
//!
//! ```text
//! verified claims ─▶ VerifiedUser ─▶ remembered? ─▶ LookUp ─▶ found | no such user | no answer
//! claims/            claims/          look_ups.rs    hook.rs
//! ```
//!
//! Only verified claims lead to a look-up, so the number of look-ups is bounded by the tenant's users, not by what anybody can send.
//! [`LookUpSettings`](crate::LookUpSettings) has the limits.

mod awaited;
mod hook;
mod look_ups;
mod remembered;

pub use self::hook::LookUp;
pub(crate) use self::{
    awaited::Awaited,
    look_ups::{Answer, LookUps, Outcome},
};
