//! The settings in force, which can be swapped while requests are judged.
//!
//! A swap checks everything before it changes anything. It then proceeds in this order. What it forbids applies at once, even to waiting requests; of
//! everything else, a request sees all or nothing:
//!
//! 1. The fetcher is replaced, if the network settings have changed.
//! 2. Authorities that continue keep their key sources; the sources of others are retired, so that even waiting requests cannot use them any more.
//! 3. Forgotten keys of the new settings are put into force, also for requests under the old ones.
//! 4. The authenticator is replaced. Requests that arrive from here on use the new settings.
//! 5. The background task looks after the new sources.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::{ArcSwap, Guard};

use super::default_fetch::{DefaultFetch, refuse_fetch_settings};
use crate::{
    authority::Authority,
    config::{AuthorityConfig, Config, Need},
    decision::{Authenticator, Newcomers, SharedState},
    keys::{
        Adoption, AuthorityHealth, Health, KeySnapshot, KeySource, KeyTimes, MetadataSource,
        NamedHosts, Scheduler,
    },
    settings::{AuthoritySettings, ForgottenKey, KeyRefresh, Settings, SettingsError, mistake},
};

/// The state that all clones of a layer share: the authenticator of the settings in force, and what outlives it.
pub(crate) struct Current {
    authenticator: ArcSwap<Authenticator>,
    shared: Arc<SharedState>,
    scheduler: Scheduler,
    /// Held while settings change, so that changes happen one after the other.
    in_force: Mutex<InForce>,
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current")
            .field("config", self.load().config())
            .finish_non_exhaustive()
    }
}

struct InForce {
    settings: Arc<Settings>,
    /// The positions of the authorities made from the settings, in the settings' order.
    positions: Vec<u64>,
    times: Arc<KeyTimes>,
    /// The default fetcher. `None` if the user gave one.
    default_fetch: Option<DefaultFetch>,
    /// The hosts that it may reach at private addresses, if there is a source of tenants.
    named: NamedHosts,
}

impl Current {
    pub(super) fn new(
        settings: Settings,
        mut config: Config,
        shared: Arc<SharedState>,
        default_fetch: Option<DefaultFetch>,
        named: NamedHosts,
    ) -> Self {
        #[cfg(feature = "migration")]
        count_users(&config, &shared);
        let configs = std::mem::take(&mut config.authorities);
        let times = Arc::new(config.keys.clone());
        let authorities = authorities(configs, &times, &shared, &[]);
        let forgotten = config.forgotten_keys.clone();
        let names = authorities.iter().map(|it| it.named());
        shared.forgotten.set_of_settings(forgotten, names);
        let scheduler = Scheduler::new(Arc::clone(&shared.keys));
        scheduler.look_after(sources(&authorities));
        named_hosts(&named, &authorities, &shared);
        let newcomers = newcomers(&settings, &times, &shared);
        let first = Authenticator::new(config, authorities, Arc::clone(&shared), newcomers);
        Self {
            authenticator: ArcSwap::from_pointee(first),
            shared,
            scheduler,
            in_force: Mutex::new(InForce {
                positions: (0..).take(settings.authorities.len()).collect(),
                settings: Arc::new(settings),
                times,
                default_fetch,
                named,
            }),
        }
    }

    /// The authenticator for one request, which therefore sees only one set of settings.
    pub(crate) fn load(&self) -> Guard<Arc<Authenticator>> {
        self.authenticator.load()
    }

    pub(crate) fn load_full(&self) -> Arc<Authenticator> {
        self.authenticator.load_full()
    }

    pub(crate) fn shared(&self) -> &SharedState {
        &self.shared
    }

    /// Starts the background task if it is not running, unless the settings leave fetches to requests.
    pub(crate) fn ensure_running(&self) {
        self.ensure_running_for(&self.load());
    }

    /// The same, for callers that have already loaded the authenticator.
    pub(crate) fn ensure_running_for(&self, authenticator: &Authenticator) {
        if authenticator.config().keys.refresh == KeyRefresh::Auto {
            self.scheduler.ensure_running();
        }
    }

    /// Puts other settings into force. Fetched keys are kept where the authority is the same; verified tokens are judged again.
    ///
    /// # Errors
    ///
    /// All the mistakes in the settings together; if there are any, the settings in force remain.
    pub(crate) fn swap(&self, settings: Settings) -> Result<(), SettingsError> {
        self.put_into_force(&mut self.in_force(), settings)
    }

    /// Changes the settings in force atomically.
    ///
    /// # Errors
    ///
    /// All the mistakes in the settings together; if there are any, the settings in force remain.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Settings)) -> Result<(), SettingsError> {
        let mut in_force = self.in_force();
        let mut settings = Settings::clone(&in_force.settings);
        change(&mut settings);
        self.put_into_force(&mut in_force, settings)
    }

    /// Adds authorities without affecting the others.
    ///
    /// # Errors
    ///
    /// All the mistakes in the added authorities together; if there are any, none is added.
    pub(crate) fn add(&self, added: Vec<AuthoritySettings>) -> Result<(), SettingsError> {
        let mut in_force = self.in_force();
        let mut added = added;
        for authority in &mut added {
            authority.on_demand = !authority.is_inline();
        }
        let authenticator = self.load_full();
        let issuers = authenticator.issuers();
        let checked = match in_force.settings.can_add(&added) {
            true => Some(in_force.settings.check_added(&mut added, issuers)?),
            false => None,
        };
        let fits = |one: &AuthorityConfig| authenticator.allows(one.rules.allowed_algorithms());
        let Some(checked) = checked.filter(|checked| checked.iter().all(fits)) else {
            let mut settings = Settings::clone(&in_force.settings);
            settings.authorities.extend(added);
            return self.put_into_force(&mut in_force, settings);
        };
        let urls = checked.iter().filter_map(|one| one.metadata.as_ref());
        if let Some(fetch) = &in_force.default_fetch
            && let Some(other) = fetch.for_more(authenticator.config(), urls)
        {
            self.shared.keys.set_fetch(other.make(&in_force.named)?);
            in_force.default_fetch = Some(other);
        }
        let hosts = checked.iter().filter_map(|one| one.metadata.as_ref());
        in_force.named.add(hosts.flat_map(MetadataSource::hosts));
        let held_off = issuers.hold_off_found();
        for config in checked {
            let position = issuers.next_position();
            let (times, keys) = (&in_force.times, &self.shared.keys);
            let authority = Arc::new(Authority::new(config, position, times, keys, None));
            self.scheduler.add(Arc::clone(&authority.keys));
            issuers.add(authority);
            in_force.positions.push(position);
        }
        drop(held_off);
        let settings = Arc::make_mut(&mut in_force.settings);
        settings.authorities.extend(added);
        Ok(())
    }

    /// Removes an authority without affecting the others. Returns whether there was one of this name.
    ///
    /// # Errors
    ///
    /// If routes name the authority, which then stays.
    pub(crate) fn remove(&self, name: &str) -> Result<bool, SettingsError> {
        let mut in_force = self.in_force();
        let authenticator = self.load_full();
        let Some(authority) = authenticator.issuers().by_name(name) else {
            return Ok(false);
        };
        in_force.settings.check_no_route_names(name)?;
        // Also affects requests that wait, under these settings or earlier ones.
        authority.keys.retire();
        authenticator.issuers().remove(name);
        self.scheduler.remove(&authority.keys);
        if let Some(tenants) = &self.shared.tenants
            && authority.is_found()
        {
            for issuer in &*authority.assigned_issuers {
                tenants.forget(issuer);
            }
        }
        let InForce {
            settings,
            positions,
            ..
        } = &mut *in_force;
        let settings = Arc::make_mut(settings);
        keep_names(settings, positions, &authenticator.authorities());
        if let Ok(at) = positions.binary_search(&authority.position) {
            positions.remove(at);
            settings.authorities.remove(at);
        }
        // The settings must not name a removed authority. If it comes back, its keys stay forgotten.
        let of_it = |key: &ForgottenKey| key.authority.as_deref() == Some(name);
        for key in settings.forgotten_keys.extract_if(.., |key| of_it(key)) {
            self.shared.forgotten.add(key);
        }
        Ok(true)
    }

    /// Forgets a key under any settings.
    pub(crate) fn forget(&self, key: ForgottenKey) {
        self.shared.forgotten.add(key);
        self.bind_forgotten();
    }

    fn bind_forgotten(&self) {
        let authorities = self.load().authorities();
        let names = authorities.iter().map(|it| it.named());
        self.shared.forgotten.bind(names);
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.in_force().settings)
    }

    fn in_force(&self) -> MutexGuard<'_, InForce> {
        self.in_force.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_into_force(
        &self,
        in_force: &mut InForce,
        settings: Settings,
    ) -> Result<(), SettingsError> {
        let need = match self.shared.tenants {
            Some(_) => Need::None,
            None => Need::AtLeastOne,
        };
        let mut config = settings.check(need)?;
        // Keeps the fetcher if possible, because it has already read its root certificates.
        match &mut in_force.default_fetch {
            Some(fetch) => {
                let next = DefaultFetch::of(&config, self.shared.tenants.is_some());
                if *fetch != next {
                    self.shared.keys.set_fetch(next.make(&in_force.named)?);
                    *fetch = next;
                }
            }
            None => refuse_fetch_settings(&settings)?,
        }
        let before = self.load_full();
        // Records what has become legacy before the settings are replaced.
        #[cfg(feature = "migration")]
        before.watch_legacy();
        let configs = std::mem::take(&mut config.authorities);
        // Equal times are shared, so that the sources need no update.
        let times = if *in_force.times == config.keys {
            Arc::clone(&in_force.times)
        } else {
            Arc::new(config.keys.clone())
        };
        let old = before.authorities();
        let authorities = authorities(configs, &times, &self.shared, &old);
        let sources: Vec<_> = sources(&authorities).collect();
        let forgotten = config.forgotten_keys.clone();
        retire(&old, &authorities);
        named_hosts(&in_force.named, &authorities, &self.shared);
        let newcomers = newcomers(&settings, &times, &self.shared);
        let shared = Arc::clone(&self.shared);
        let next = Authenticator::new(config, authorities, shared, newcomers);
        #[cfg(feature = "migration")]
        count_users(next.config(), &self.shared);
        // A waiting request keeps its settings, but must not use a key that they forget now.
        let all = next.authorities();
        let names = all.iter().map(|it| it.named());
        let known = &self.shared.forgotten;
        known.set_of_settings(forgotten, names.clone());
        self.authenticator.store(Arc::new(next));
        // Last, so that a key forgotten in the meantime is bound either here or by the call that forgets it.
        known.bind(names);
        #[cfg(feature = "migration")]
        self.load().watch_legacy();
        in_force.positions = (0..).take(settings.authorities.len()).collect();
        in_force.settings = Arc::new(settings);
        in_force.times = times;
        self.scheduler.look_after(sources);
        self.ensure_running();
        Ok(())
    }

    pub(crate) fn health(&self) -> Health {
        self.ensure_running();
        let authenticator = self.load();
        let authorities = authenticator.authorities();
        let health = authorities.iter().map(|authority| {
            let is_forgotten = |kid: &str| authenticator.is_forgotten(authority, kid);
            let health = authority.keys.health(&authority.name, is_forgotten);
            AuthorityHealth {
                optional: authority.optional,
                ..health
            }
        });
        Health::new(health.collect())
    }

    pub(crate) fn key_snapshot(&self) -> KeySnapshot {
        let authorities = self.load().authorities();
        let sources = authorities.iter().map(|authority| &*authority.keys);
        KeySnapshot::new(self.shared.forgotten.all(), sources)
    }

    /// # Errors
    ///
    /// If the snapshot cannot be used.
    pub(super) fn restore_keys(&self, snapshot: &KeySnapshot) -> Result<(), SettingsError> {
        for key in &snapshot.forgotten_keys {
            self.shared.forgotten.add(key.clone());
        }
        self.bind_forgotten();
        let saved = snapshot.by_url();
        for authority in self.load().authorities() {
            let url = authority.keys.metadata_url();
            if let Some(saved) = url.and_then(|url| saved.get(url)) {
                authority.keys.restore_snapshot(saved).map_err(|error| {
                    let remedy = format!("{error}; leave it out to fetch the keys");
                    mistake("key_snapshot", "…", remedy)
                })?;
            }
        }
        Ok(())
    }
}

/// Makes the authorities of these settings. One that is among those `before` keeps its source, if possible.
fn authorities(
    configs: Vec<AuthorityConfig>,
    times: &Arc<KeyTimes>,
    shared: &SharedState,
    before: &[Arc<Authority>],
) -> Vec<Arc<Authority>> {
    let before = continued(&configs, before);
    let authorities = configs.into_iter().zip(0..).zip(before);
    let authorities = authorities.map(|((config, position), before)| {
        let (keys, before) = (
            &shared.keys,
            before.map(|it| (&it.keys, Adoption::TakeOver)),
        );
        Arc::new(Authority::new(config, position, times, keys, before))
    });
    authorities.collect()
}

/// The earlier authority that each of these continues: of those with the same metadata URL, the one with the same name, or else one whose name is no longer
/// used.
fn continued<'a>(
    configs: &[AuthorityConfig],
    before: &'a [Arc<Authority>],
) -> Vec<Option<&'a Arc<Authority>>> {
    let named = before
        .iter()
        .map(|it| ((&*it.name, it.keys.metadata_url()), it));
    let mut named: HashMap<_, _> = named.collect();
    let same = configs
        .iter()
        .map(|it| named.remove(&(&*it.name, it.metadata_url())));
    let same: Vec<_> = same.collect();
    let mut renamed = HashMap::<_, VecDeque<_>>::new();
    for authority in before {
        let (name, url) = (&*authority.name, authority.keys.metadata_url());
        if let (true, Some(url)) = (named.contains_key(&(name, url)), url) {
            renamed.entry(url).or_default().push_back(authority);
        }
    }
    let all = configs.iter().zip(same).map(|(config, same)| {
        let renamed = || renamed.get_mut(config.metadata_url()?)?.pop_front();
        same.or_else(renamed)
    });
    all.collect()
}

/// Retires the authorities of `before` that none of `after` continues, so that they accept no waiting request.
fn retire(before: &[Arc<Authority>], after: &[Arc<Authority>]) {
    let lines: HashSet<_> = after.iter().map(|one| one.keys.line()).collect();
    for authority in before.iter().filter(|one| !one.is_found()) {
        if !lines.contains(&authority.keys.line()) {
            authority.keys.retire();
        }
    }
}

/// Starts or stops counting the users of legacy issuers, as the settings say.
#[cfg(feature = "migration")]
fn count_users(config: &Config, shared: &SharedState) {
    let migration = config.migration.as_ref();
    let salt = migration.and_then(|migration| migration.user_salt.as_ref());
    shared.usage.count_users_with(salt, shared.clock.now());
}

/// How tenants that a source finds become authorities under these settings.
fn newcomers(
    settings: &Settings,
    times: &Arc<KeyTimes>,
    shared: &SharedState,
) -> Option<Newcomers> {
    let tenants = shared.tenants.as_ref()?;
    Some(Newcomers {
        number: tenants.next_settings(),
        tenants: Arc::clone(tenants),
        settings: settings.without_authorities(),
        times: Arc::clone(times),
    })
}

/// Writes the derived names of the authorities into the settings. Without the removed authority, other names could be derived, and routes and forgotten
/// keys would refer to other authorities.
fn keep_names(settings: &mut Settings, positions: &[u64], authorities: &[Arc<Authority>]) {
    let names = authorities.iter();
    let names: HashMap<_, _> = names.map(|one| (one.position, &*one.name)).collect();
    for (authority, position) in settings.authorities.iter_mut().zip(positions) {
        if authority.name.is_none() {
            authority.name = names.get(position).map(|name| (*name).to_owned());
        }
    }
}

/// Records which hosts the operator named.
fn named_hosts(named: &NamedHosts, authorities: &[Arc<Authority>], shared: &SharedState) {
    let Some(tenants) = &shared.tenants else {
        return;
    };
    let metadata = authorities.iter().filter_map(|one| one.keys.fetched_from());
    let of_settings = metadata.flat_map(MetadataSource::hosts);
    named.set(of_settings.chain(tenants.named_hosts().map(str::to_owned)));
}

fn sources(authorities: &[Arc<Authority>]) -> impl Iterator<Item = Arc<KeySource>> {
    let sources = authorities.iter();
    sources.map(|authority| Arc::clone(&authority.keys))
}
