//! The keys of all authorities: how requests look them up, and when they are fetched.
//!
//! ```text
//! timer | unknown kid | first token ─▶ begin ─▶ metadata ─▶ key set ─▶ merge into the cache
//! scheduler, under_way                 plan     documents              merge, cache
//! ```
//!
//! 1. A request finds a key by `kid` among those of one source, and nowhere else: B2C signs for unrelated tenants with one key, and RFC 7517 §4.5 only asks
//!    that a `kid` be distinct within its set.
//! 2. A fetch begins on the schedule, for a token with an unknown key or issuer, or because the operator asks for it. `plan.rs` decides whether it may.
//! 3. There is at most one fetch of a source at a time. Everything that needs it drives the same future.
//! 4. The metadata must name an issuer that the `IssuerRule` allows, and a key set at its own origin or at `keys_host`. B2C's issuer is never the URL of
//!    its metadata, so OpenID Connect Discovery 1.0 §4.3 cannot be applied as it stands.
//! 5. The key set is merged key by key. A key that a document lacks stays usable for `retired_key_grace`.
//! 6. What a fetch has shown not to exist causes no further fetch for a while. A token that needs it and is older than that fetch is refused.
//!
//! A fetch that fails ends nothing: known keys stay in use for [`max_stale`](crate::KeySettings::max_stale), and the next attempt comes after a wait that
//! doubles. Before the first success, and again once `max_stale` has passed, the answer is 503 and not 401, because the token may be good.
//!
//! | file | what it holds |
//! |---|---|
//! | `source.rs` | one authority's keys and issuer |
//! | `named_issuers.rs` | the issuers that its metadata has named |
//! | `merge.rs` | how a fetch changes its keys |
//! | `missing.rs` | what to conclude from a missing key or issuer |
//! | `under_way.rs` | the fetch under way, which every waiting request drives |
//! | `scheduler.rs`, `agenda.rs`, `wake_ups.rs` | the background task, and when it looks at which source |
//! | `plan.rs`, `budget.rs`, `absent_names.rs` | when the next fetch may begin; `keys/tests/fleet.rs` tests the sum of a thousand plans |
//! | `documents.rs`, `issuer_rule.rs` | metadata and key set, and the rules that connect them |
//! | `fetch.rs`, `certificate_problem.rs` | the trait that fetches, and its errors |
//! | `reqwest_fetch.rs`, `fetch_config.rs`, `fetch_causes.rs` | its default implementation, with the feature `fetch` |
//! | `named_hosts.rs`, `public_resolver.rs`, `public_address.rs` | which addresses the default may connect to, if tenants come from a source |
//! | `cache.rs`, `key.rs` | the fetched keys, each with its own expiry |
//! | `fetched.rs` | the fetched keys of one source, for requests |
//! | `context.rs`, `ids.rs` | the state that all sources share, and the order of what happens |
//! | `key_config.rs` | the checked `[keys]` |
//! | `forgotten.rs`, `forgotten_owners.rs` | the keys that must not be used |
//! | `health.rs`, `health_json.rs`, `snapshot.rs`, `events.rs` | the state of the keys: for probes, for the next process, and in the log |

mod absent_names;
mod agenda;
mod budget;
mod cache;
mod certificate_problem;
mod context;
mod documents;
mod events;
mod fetch;
#[cfg(feature = "fetch")]
mod fetch_causes;
mod fetch_config;
mod fetched;
mod forgotten;
mod forgotten_owners;
mod health;
mod health_json;
mod ids;
mod issuer_rule;
mod key;
mod key_config;
mod merge;
mod missing;
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
mod under_way;
mod wake_ups;

#[cfg(feature = "fetch")]
pub use self::reqwest_fetch::ReqwestFetch;
pub(crate) use self::{
    budget::FetchBudget,
    context::{IssuerListener, KeyContext},
    documents::{MetadataSource, without_port},
    events::{log_forgotten, warn_of_unknown_keys},
    fetch::NothingToFetch,
    fetch_config::{FetchConfig, ProxyConfig},
    forgotten_owners::Named,
    ids::{EndedFetches, Sequence, SourceId},
    issuer_rule::IssuerRule,
    key::LiveKey,
    key_config::{KeyConfig, MAX_MAX_STALE},
    missing::{Absence, Missing},
    named_hosts::NamedHosts,
    plan::Trigger,
    scheduler::{MAX_CONCURRENT_FETCHES, Scheduler},
    source::{Adoption, KeySource, SourcePolicy},
    under_way::Fetching,
};
pub use self::{
    certificate_problem::CertificateProblem,
    fetch::{Fetch, FetchError},
    health::{AuthorityHealth, AuthorityStatus, Health},
    snapshot::KeySnapshot,
};

#[cfg(test)]
mod tests;
