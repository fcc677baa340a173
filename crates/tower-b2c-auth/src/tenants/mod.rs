//! Tenants that the settings do not name, looked up when one of their tokens arrives.
//!
//! ```text
//! issuer that no authority has ─▶ remembered? ─▶ TenantSource ─▶ settings ─▶ checked ─▶ an authority on demand
//!                             answers.rs     source.rs                   config/tenants.rs
//! ```
//!
//! Anybody can make up an issuer, so the number of calls, their concurrency, and the time for which an answer counts are limited. The tenant's own
//! administrator may have written the answer, so it is checked before anything is fetched.

mod answers;
mod look_up;
mod names;
mod removed;
mod source;

pub(crate) use self::answers::{Answer, FoundTenant, SettingsNumber, Tenants};
pub use self::source::{TenantSource, UnknownIssuer};
