//! The keys of all authorities: looked up by requests, fetched by whoever needs them.
//!
//! ```text
//! timer | unknown kid | first token ─▶ begin ─▶ metadata ─▶ key set ─▶ merge into the cache
//! scheduler, under_way                 plan     documents              source, cache
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `source.rs` | one authority's keys and issuer, and what to make of a key that is not there |
//! | `under_way.rs` | the fetch that is running, which every waiter drives |
//! | `scheduler.rs` | the background task |
//! | `plan.rs`, `budget.rs`, `absent.rs` | when the next fetch may begin |
//! | `documents.rs`, `issuer_rule.rs` | metadata and key set, and the rules that bind them |
//! | `fetch.rs`, `reqwest_fetch.rs`, `certificate_problem.rs` | the trait that fetches, its default, and what can go wrong |
//! | `cache.rs`, `key.rs` | the fetched keys, each with its own end |
//! | `context.rs`, `times.rs` | what the sources share |
//! | `forgotten.rs` | keys that are never used again |
//! | `health.rs`, `snapshot.rs`, `events.rs` | what can be asked, saved and read in the log |

mod absent;
mod budget;
mod cache;
mod certificate_problem;
mod context;
mod documents;
mod events;
mod fetch;
mod forgotten;
mod health;
mod health_json;
mod issuer_rule;
mod key;
mod plan;
mod reqwest_fetch;
mod scheduler;
mod snapshot;
mod source;
mod times;
mod under_way;

pub use self::{
    certificate_problem::CertificateProblem,
    fetch::{Fetch, FetchError},
    health::{AuthorityHealth, AuthorityStatus, Health},
    reqwest_fetch::ReqwestFetch,
    snapshot::{KeySnapshot, SnapshotError},
};
pub(crate) use self::{
    context::KeyContext,
    documents::MetadataSource,
    forgotten::ForgottenKeys,
    issuer_rule::IssuerRule,
    key::LiveKey,
    plan::Trigger,
    reqwest_fetch::SystemProxy,
    scheduler::Scheduler,
    source::{Absence, KeySource, SourcePolicy},
    times::{KeyTimes, MAX_MAX_STALE},
    under_way::Fetching,
};
