//! Faults: those that can be simulated, those that are active, and the responses they cause.

mod active_faults;
mod fault;
mod misbehaviour;

pub use self::fault::{Endpoint, Fault};
pub(crate) use self::{active_faults::ActiveFaults, misbehaviour::misbehave};
