//! Faults: what can go wrong, what does at the moment, and the responses.

mod active_faults;
mod fault;
mod misbehaviour;

pub use self::fault::{Endpoint, Fault};
pub(crate) use self::{active_faults::ActiveFaults, misbehaviour::misbehave};
