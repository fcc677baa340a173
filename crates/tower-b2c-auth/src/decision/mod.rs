//! A request's head ─▶ verified claims or a refusal. Every decision of the layer is made here.
//!
//! | file | what it holds |
//! |---|---|
//! | `authenticator.rs` | one set of settings and its authorities, ready to judge requests |
//! | `judge.rs` | a request, its headers or a token ─▶ verdict |
//! | `cached_verdict.rs` | a token that was verified before ─▶ its verdict |
//! | `consider.rs` | any other token ─▶ the verdict of all authorities |
//! | `decide.rs` | verdict ─▶ decision, after a wait if need be |
//! | `authority_verdict.rs` | what one authority says about a token |
//! | `decision_context.rs` | the time and the fetches so far, which a verdict depends on |
//! | `verdict.rs` | the combined verdict |
//! | `issuers.rs`, `register.rs`, `undiscovered.rs`, `changeable.rs` | issuer ─▶ the authorities that could have issued the token |
//! | `issuer_changes.rs`, `legacy_issuers.rs` | how that changes, and which issuers are legacy |
//! | `any_tenant.rs` | an issuer that no authority has ─▶ the authorities that accept any tenant |
//! | `found_tenants.rs`, `found_authorities.rs` | tokens from issuers that no authority has, and the tenants that a source finds for them |
//! | `wait.rs`, `waiting_room.rs` | a request whose verdict needs a fetch |
//! | `preflight.rs` | which requests are CORS preflights |
//! | `token_cache.rs`, `token_hash.rs` | the cache of verified tokens |
//! | `shared_state.rs`, `counters.rs` | what outlives the settings |

mod any_tenant;
mod authenticator;
mod authority_verdict;
mod cached_verdict;
mod changeable;
mod consider;
mod counters;
mod decide;
mod decision_context;
mod found_authorities;
mod found_tenants;
mod issuer_changes;
mod issuers;
mod judge;
#[cfg(feature = "migration")]
mod legacy_issuers;
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
    found_tenants::FoundTenants,
    shared_state::SharedState,
    verdict::{Accepted, Verdict},
    wait::Wait,
};
