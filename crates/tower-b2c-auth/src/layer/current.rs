//! The settings in force. They can be swapped while requests are judged.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::{ArcSwap, Guard};

use super::default_fetch::{DefaultFetch, refuse_fetch_settings};
use crate::{
    authority::Authority,
    config::{AuthorityConfig, Config},
    decision::{Authenticator, Lasting},
    keys::{AuthorityHealth, Health, IssuerRule, KeySnapshot, KeySource, Scheduler, SourcePolicy},
    settings::{KeyRefresh, Settings, SettingsError, mistake},
};

/// What all clones of a layer share: the authenticator of the settings in force, and what outlives them.
pub(crate) struct Current {
    authenticator: ArcSwap<Authenticator>,
    lasting: Arc<Lasting>,
    scheduler: Scheduler,
    /// Held while settings are swapped: swaps happen one after the other.
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
    /// What fetches by default; none if the user gave a fetcher.
    default_fetch: Option<DefaultFetch>,
}

impl Current {
    pub(super) fn new(
        settings: Settings,
        config: Config,
        lasting: Arc<Lasting>,
        default_fetch: Option<DefaultFetch>,
    ) -> Self {
        let forgotten = config.forgotten_keys.clone();
        lasting.forgotten.set_of_settings(forgotten);
        let authorities = authorities(&config, &lasting, &[]);
        let scheduler = Scheduler::new(Arc::clone(&lasting.keys));
        scheduler.look_after(sources(&authorities));
        let first = Authenticator::new(config, authorities, Arc::clone(&lasting));
        Self {
            authenticator: ArcSwap::from_pointee(first),
            lasting,
            scheduler,
            in_force: Mutex::new(InForce {
                settings: Arc::new(settings),
                default_fetch,
            }),
        }
    }

    /// The authenticator for one request, which sees one set of settings only.
    pub(crate) fn load(&self) -> Guard<Arc<Authenticator>> {
        self.authenticator.load()
    }

    pub(crate) fn load_full(&self) -> Arc<Authenticator> {
        self.authenticator.load_full()
    }

    pub(crate) fn lasting(&self) -> &Lasting {
        &self.lasting
    }

    /// Makes sure that what is due is fetched in the background, unless the settings say that requests do it.
    pub(crate) fn ensure_running(&self) {
        self.ensure_running_for(&self.load());
    }

    /// The same for whoever has the authenticator in force at hand.
    pub(crate) fn ensure_running_for(&self, authenticator: &Authenticator) {
        if authenticator.config().keys.refresh == KeyRefresh::Auto {
            self.scheduler.ensure_running();
        }
    }

    /// Puts other settings into force. Fetched keys are kept where the authority is the same; verified tokens are judged anew.
    ///
    /// # Errors
    ///
    /// All mistakes in the settings together; then the settings in force remain.
    pub(crate) fn swap(&self, settings: Settings) -> Result<(), SettingsError> {
        self.put_into_force(&mut self.in_force(), settings)
    }

    /// Changes the settings in force in one step: no other change comes in between.
    ///
    /// # Errors
    ///
    /// All mistakes in the settings together; then the settings in force remain.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Settings)) -> Result<(), SettingsError> {
        let mut in_force = self.in_force();
        let mut settings = Settings::clone(&in_force.settings);
        change(&mut settings);
        self.put_into_force(&mut in_force, settings)
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
        let config = settings.check()?;
        // The certificate roots that the fetcher has read are worth keeping.
        match &mut in_force.default_fetch {
            Some(fetch) => {
                let next = DefaultFetch::of(&config);
                if *fetch != next {
                    self.lasting.keys.set_fetch(next.make()?);
                    *fetch = next;
                }
            }
            None => refuse_fetch_settings(&settings)?,
        }
        let before = self.load_full();
        let authorities = authorities(&config, &self.lasting, before.authorities());
        let sources = sources(&authorities);
        let forgotten = config.forgotten_keys.clone();
        let next = Authenticator::new(config, authorities, Arc::clone(&self.lasting));
        // A request that waits keeps its settings, but no key that is forgotten now.
        self.lasting.forgotten.set_of_settings(forgotten);
        self.authenticator.store(Arc::new(next));
        in_force.settings = Arc::new(settings);
        self.scheduler.look_after(sources);
        self.ensure_running();
        Ok(())
    }

    pub(crate) fn health(&self) -> Health {
        self.ensure_running();
        let authenticator = self.load();
        let authorities = authenticator.authorities().iter();
        let health = authorities.map(|authority| {
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
        let authenticator = self.load();
        let sources = authenticator.authorities().iter();
        let sources = sources.map(|authority| &*authority.keys);
        KeySnapshot::new(self.lasting.forgotten.all(), sources)
    }

    /// # Errors
    ///
    /// If it cannot be used.
    pub(super) fn restore_keys(&self, snapshot: &KeySnapshot) -> Result<(), SettingsError> {
        for key in &snapshot.forgotten_keys {
            self.lasting.forgotten.add(key.clone());
        }
        for authority in self.load().authorities() {
            if let Some(saved) = snapshot.of(&authority.keys) {
                authority.keys.restore_snapshot(saved).map_err(|error| {
                    let remedy = format!("{error}; leave it out, and the keys are fetched");
                    mistake("key_snapshot", "…", remedy)
                })?;
            }
        }
        Ok(())
    }
}

/// The authorities of these settings. A source that `before` has too is shared with it.
fn authorities(
    config: &Config,
    lasting: &Lasting,
    before: &[Arc<Authority>],
) -> Vec<Arc<Authority>> {
    let mut known: Vec<_> = before.iter().map(|authority| &authority.keys).collect();
    let mut source = |authority: &AuthorityConfig, rule: Option<&IssuerRule>| {
        let policy = SourcePolicy {
            times: config.keys.clone(),
            on_demand: authority.on_demand,
        };
        let metadata = authority.metadata.clone().zip(rule.cloned());
        if let Some((source, rule)) = &metadata
            && authority.inline_keys.is_empty()
            && let Some(at) = known.iter().position(|known| known.is_fetched_from(source))
        {
            let known = known.swap_remove(at);
            if known.adopt(rule, &policy) {
                return Arc::clone(known);
            }
        }
        let inline = authority.inline_keys.clone();
        Arc::new(KeySource::new(inline, metadata, policy, &lasting.keys))
    };
    let authorities = config.authorities.iter().map(|authority| {
        let url = authority
            .metadata
            .as_ref()
            .map(|metadata| metadata.url.clone());
        let rule = url.map(|url| IssuerRule::new(url, authority.issuers.clone()));
        Arc::new(Authority {
            name: authority.name.as_str().into(),
            rules: authority.rules.clone(),
            keys: source(authority, rule.as_ref()),
            assigned_issuers: authority.issuers.clone(),
            legacy_issuers: authority.legacy_issuers.clone(),
            takes_unassigned_issuers: authority.takes_unassigned_issuers,
            rule,
            legacy: authority.legacy,
            optional: authority.optional,
        })
    });
    authorities.collect()
}

fn sources(authorities: &[Arc<Authority>]) -> Vec<Arc<KeySource>> {
    authorities
        .iter()
        .map(|authority| Arc::clone(&authority.keys))
        .collect()
}
