//! The keys of all authorities: looked up by requests, fetched by one background task.
//!
//! | file | what it does |
//! |---|---|
//! | `fetch.rs` | one bounded GET |
//! | `document.rs` | metadata and key set, and the rules that bind them |
//! | `cache.rs`, `live_key.rs` | the merged keys of one authority, each with its own end |
//! | `plan.rs` | when the next fetch is due |
//! | `refresh.rs` | the task that brings them together |
//! | `health.rs`, `snapshot.rs` | what can be asked and saved |

mod authority_keys;
mod cache;
mod certificate_problem;
mod document;
mod fetch;
mod health;
mod live_key;
mod plan;
mod refresh;
mod snapshot;

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use b2c_verify::{AuthoritySet, NumericDate};
use futures_util::stream::FuturesUnordered;

use self::{authority_keys::AuthorityKeys, refresh::Refresher};
pub use self::{
    certificate_problem::CertificateProblem,
    fetch::FetchError,
    health::{AuthorityHealth, AuthorityStatus, Health},
    snapshot::{KeySnapshot, SnapshotError},
};
pub(crate) use self::{
    fetch::{Fetcher, SystemProxy},
    live_key::LiveKey,
    plan::Trigger,
};
use crate::{
    clock::Clock,
    settings::{Config, MAX_MAX_STALE},
};

/// The keys, and the task that fetches them. The task ends when this is dropped.
#[derive(Debug)]
pub(crate) struct KeyStore {
    shared: Arc<Shared>,
    refresher: Refresher,
}

/// What requests and the task share.
#[derive(Debug)]
struct Shared {
    config: Arc<Config>,
    authorities: Vec<AuthorityKeys>,
    forgotten: RwLock<HashSet<Box<str>>>,
    fetcher: Fetcher,
    clock: Arc<dyn Clock>,
}

impl Shared {
    /// The time that the ages of keys are measured with. Restored keys were seen before the clock started, so it does not begin at zero.
    fn now(&self) -> Duration {
        self.clock.elapsed().saturating_add(MAX_MAX_STALE)
    }
}

/// What is known about a key id that no usable key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// The authorities do not have such a key.
    Certain,
    /// They may have it by now; another attempt to ask them is due then.
    Undecided { retry_after: Duration },
}

impl KeyStore {
    pub(crate) fn new(config: Arc<Config>, fetcher: Fetcher, clock: Arc<dyn Clock>) -> Self {
        let authorities = config
            .authorities
            .iter()
            .map(|authority| AuthorityKeys::new(authority, &config.keys))
            .collect();
        let shared = Arc::new(Shared {
            config,
            authorities,
            forgotten: RwLock::default(),
            fetcher,
            clock,
        });
        Self {
            refresher: Refresher::new(Arc::clone(&shared)),
            shared,
        }
    }

    /// Makes sure that the background task runs. Costs one atomic load when it does.
    pub(crate) fn ensure_running(&self) {
        self.refresher.ensure_running();
    }

    /// Offers the keys of one authority that may have signed the token, until one is taken.
    pub(crate) fn try_keys<T>(
        &self,
        authority: usize,
        kid: Option<&str>,
        mut attempt: impl FnMut(&Arc<LiveKey>) -> Option<T>,
    ) -> Option<T> {
        let authority = self.shared.authorities.get(authority)?;
        let now = self.shared.now();
        for key in &authority.inline {
            // A key given inline without an id is meant for every token of its issuer.
            if (key.kid().is_none() || key.kid() == kid)
                && key.is_usable(now)
                && let Some(taken) = attempt(key)
            {
                return Some(taken);
            }
        }
        attempt(&authority.cache.get(kid?, now)?)
    }

    /// How many fetches of each authority have ended, to be taken before keys are looked up and given to [`demand`](Self::demand) after.
    pub(crate) fn progress(&self) -> Vec<u64> {
        let authorities = self.shared.authorities.iter();
        authorities.map(AuthorityKeys::ended).collect()
    }

    /// Asks these authorities for a fetch. Each returned future ends with that fetch; those that have none to offer now are left out.
    pub(crate) fn demand(
        &self,
        authorities: AuthoritySet,
        trigger: Trigger,
        seen: &[u64],
    ) -> FuturesUnordered<impl Future<Output = ()> + Send + use<>> {
        self.ensure_running();
        let now = self.shared.now();
        let demand = |at: usize| {
            let seen = seen.get(at).copied().unwrap_or_default();
            self.shared.authorities.get(at)?.demand(now, trigger, seen)
        };
        authorities.iter().filter_map(demand).collect()
    }

    /// The time that [`absence`](Self::absence) compares with.
    pub(crate) fn now(&self) -> Duration {
        self.shared.now()
    }

    /// What to make of a key id that none of these authorities has.
    ///
    /// A fetch after `asked_at` settles it. So does an earlier one if the token is older than it: a token is signed with a key that is
    /// published by then.
    pub(crate) fn absence(
        &self,
        authorities: AuthoritySet,
        issued_at: Option<NumericDate>,
        asked_at: Duration,
    ) -> Absence {
        let now = self.shared.now();
        let waits = authorities.iter().filter_map(|at| {
            self.shared
                .authorities
                .get(at)?
                .undecided(issued_at, asked_at, now)
        });
        match waits.min() {
            None => Absence::Certain,
            Some(retry_after) => Absence::Undecided { retry_after },
        }
    }

    /// The authorities whose metadata has never been had, so that their issuer is not known.
    pub(crate) fn undiscovered(&self) -> AuthoritySet {
        let rules = self.shared.config.verifier.authorities();
        let all = self.shared.config.authorities.iter().zip(rules).enumerate();
        all.filter(|(_, (config, rule))| {
            config.metadata_url.is_some() && rule.discovered_issuer().is_none()
        })
        .map(|(at, _)| at)
        .collect()
    }

    /// All authorities that fetch.
    pub(crate) fn fetching(&self) -> AuthoritySet {
        let all = self.shared.config.authorities.iter().enumerate();
        all.filter(|(_, config)| config.metadata_url.is_some())
            .map(|(at, _)| at)
            .collect()
    }

    pub(crate) fn is_forgotten(&self, kid: &str) -> bool {
        self.shared
            .forgotten
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(kid)
    }

    /// Drops the key and keeps it out, also when a document lists it again.
    pub(crate) fn forget(&self, kid: &str) {
        self.shared
            .forgotten
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(kid.into());
        for authority in &self.shared.authorities {
            authority.forget(kid);
        }
    }

    /// Why the last fetch of the first authority that fails has failed.
    pub(crate) fn last_error(&self) -> Option<FetchError> {
        self.shared
            .authorities
            .iter()
            .find_map(|authority| authority.plan(|plan| plan.failure()))
            .map(|(error, _)| error)
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.shared.fetcher.client
    }

    /// Takes over what another store knows of the same authorities.
    pub(crate) fn inherit(&self, before: &Self) {
        let forgotten = before
            .shared
            .forgotten
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        *self
            .shared
            .forgotten
            .write()
            .unwrap_or_else(PoisonError::into_inner) = forgotten;
        let rules = self.shared.config.verifier.authorities();
        for ((config, rule), keys) in self
            .shared
            .config
            .authorities
            .iter()
            .zip(rules)
            .zip(&self.shared.authorities)
        {
            let same = before
                .shared
                .config
                .authorities
                .iter()
                .position(|known| known.is_same_source(config));
            let Some((known, known_rule)) = same.and_then(|at| {
                Some((
                    before.shared.authorities.get(at)?,
                    before.shared.config.verifier.authorities().get(at)?,
                ))
            }) else {
                continue;
            };
            if let Some(issuer) = known_rule.discovered_issuer()
                && rule.discover_issuer(issuer).is_ok()
            {
                keys.inherit(known, self.shared.now());
            }
        }
    }

    pub(crate) fn health(&self) -> Health {
        health::of(&self.shared)
    }

    pub(crate) fn snapshot(&self) -> KeySnapshot {
        snapshot::take(&self.shared)
    }

    pub(crate) fn restore(&self, snapshot: &KeySnapshot) -> Result<(), SnapshotError> {
        snapshot::restore(&self.shared, snapshot)
    }
}
