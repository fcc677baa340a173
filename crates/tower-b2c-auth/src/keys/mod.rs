//! The keys of all authorities: looked up by requests, and fetched as they are needed.
//!
//! ```text
//! timer | unknown kid | first token ─▶ begin ─▶ metadata ─▶ key set ─▶ merge into the cache
//! scheduler, under_way                 plan     documents              source, cache
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `source.rs` | one authority's keys and issuer |
//! | `named_issuers.rs` | the issuers that its metadata has named |
//! | `take_over.rs` | what becomes of its keys after a fetch |
//! | `absence.rs` | what to make of a key that is not there |
//! | `under_way.rs` | the fetch that is running, which every waiter drives |
//! | `scheduler.rs`, `agenda.rs`, `wake_ups.rs` | the background task, and which sources it looks at when |
//! | `plan.rs`, `budget.rs`, `absent.rs` | when the next fetch may begin; `fleet.rs` tests what a thousand plans add up to |
//! | `documents.rs`, `issuer_rule.rs` | metadata and key set, and the rules that bind them |
//! | `fetch.rs`, `certificate_problem.rs` | the trait that fetches, and what can go wrong |
//! | `reqwest_fetch.rs`, `fetch_config.rs`, `tls_error.rs` | its default, with the feature `fetch` |
//! | `named_hosts.rs`, `public_resolver.rs`, `public_address.rs` | which addresses the default may connect to, if tenants come from a source |
//! | `cache.rs`, `key.rs` | the fetched keys, each with its own end |
//! | `fetched.rs` | the fetched keys of one source, as requests look for them |
//! | `context.rs`, `times.rs` | what the sources share |
//! | `forgotten.rs` | keys that are never used again |
//! | `health.rs`, `snapshot.rs`, `events.rs` | what can be asked, saved and read in the log |

mod absence;
mod absent;
mod agenda;
mod budget;
mod cache;
mod certificate_problem;
mod context;
mod documents;
mod events;
mod fetch;
mod fetch_config;
mod fetched;
#[cfg(test)]
mod fleet;
mod forgotten;
mod health;
mod health_json;
mod issuer_rule;
mod key;
mod named_hosts;
mod named_issuers;
mod plan;
#[cfg(feature = "fetch")]
mod public_address;
#[cfg(feature = "fetch")]
mod public_resolver;
#[cfg(feature = "fetch")]
mod reqwest_fetch;
mod scheduler;
mod snapshot;
mod source;
mod take_over;
mod times;
#[cfg(feature = "fetch")]
mod tls_error;
mod under_way;
mod wake_ups;

#[cfg(feature = "fetch")]
pub use self::reqwest_fetch::ReqwestFetch;
pub(crate) use self::{
    absence::{Absence, Missing},
    budget::FetchBudget,
    context::{IssuerListener, KeyContext},
    documents::{MetadataSource, without_port},
    fetch::NothingToFetch,
    fetch_config::{FetchConfig, ProxyConfig},
    forgotten::{ForgottenKeys, Named},
    issuer_rule::IssuerRule,
    key::LiveKey,
    named_hosts::NamedHosts,
    plan::Trigger,
    scheduler::{MAX_CONCURRENT_FETCHES, Scheduler},
    source::{Adoption, KeySource, SourcePolicy},
    times::{KeyTimes, MAX_MAX_STALE},
    under_way::Fetching,
};
pub use self::{
    certificate_problem::CertificateProblem,
    fetch::{Fetch, FetchError},
    health::{AuthorityHealth, AuthorityStatus, Health},
    snapshot::{KeySnapshot, SnapshotError},
};
