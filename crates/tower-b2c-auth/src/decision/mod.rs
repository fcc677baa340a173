//! A request's head ─▶ verified claims or a refusal. All decisions of the layer are made here.
//!
//! | file | what it holds |
//! |---|---|
//! | `authenticator.rs` | what requests are judged by: one set of settings with its authorities |
//! | `judge.rs` | a request, its headers or a token ─▶ verdict |
//! | `consider.rs` | a token ─▶ the verdict of all authorities |
//! | `decide.rs` | verdict ─▶ decision, after a wait if need be |
//! | `authority_verdict.rs` | what one authority says about a token |
//! | `verdict.rs` | what follows from all of these |
//! | `issuers.rs`, `register.rs`, `undiscovered.rs`, `changeable.rs` | which authorities could be a token's, by its issuer |
//! | `any_tenant.rs` | which authorities accept a tenant that nobody named |
//! | `newcomers.rs`, `found.rs` | tenants that a source has found, and issuers that it may know |
//! | `wait.rs`, `waiting_room.rs` | a request whose verdict needs a fetch |
//! | `preflight.rs` | which requests are CORS preflights |
//! | `token_cache.rs`, `token_hash.rs` | tokens that were verified before |
//! | `shared_state.rs`, `counters.rs` | what outlives the settings |

mod any_tenant;
mod authenticator;
mod authority_verdict;
mod changeable;
mod consider;
mod counters;
mod decide;
mod found;
mod issuers;
mod judge;
mod newcomers;
mod preflight;
mod register;
mod shared_state;
mod token_cache;
mod token_hash;
mod undiscovered;
mod verdict;
mod wait;
mod waiting_room;

pub use self::counters::Decisions;
pub(crate) use self::{
    authenticator::Authenticator,
    newcomers::Newcomers,
    shared_state::SharedState,
    verdict::{Accepted, Verdict},
    wait::Wait,
};
