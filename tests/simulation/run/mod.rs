//! One schedule: random steps on the real layer, each answer compared with the model.
//!
//! | file | what it holds |
//! |---|---|
//! | `schedule.rs` | the state of a schedule, and what happens in each step |
//! | `steps.rs` | what each kind of step does |
//! | `operator.rs` | what the operator does: other settings, forgotten keys, saves and restarts |
//! | `choice.rs` | which tokens the requests have |
//! | `requests.rs` | requests under way |
//! | `judge.rs` | the comparison of each answer with the model |
//! | `evidence.rs` | what is recorded about legacy issuers, and what the report says |
//! | `inner.rs` | the service behind the layer |

mod choice;
mod evidence;
mod inner;
mod judge;
mod operator;
mod requests;
mod schedule;
mod steps;

pub(super) use self::{requests::Pending, schedule::Run};
