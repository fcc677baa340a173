//! Tenants that the settings do not name: asked for when a token of theirs comes.
//!
//! ```text
//! issuer that nobody knows ─▶ remembered? ─▶ TenantSource ─▶ settings ─▶ checked ─▶ an authority on demand
//!                             answers.rs     source.rs                   config/tenants.rs
//! ```
//!
//! What comes in is an issuer that anybody can have made up, so that what it can cause is limited: how many questions there are, how many at once, and
//! how long an answer counts. What comes back may be written by the tenant's own administrator, so that it is checked before anything is fetched.

mod answers;
mod look_up;
mod source;

pub(crate) use self::answers::{Answer, Found, Tenants};
pub use self::source::{TenantSource, UnknownIssuer};
