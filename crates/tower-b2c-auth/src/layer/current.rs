//! The settings in force, which can be swapped while requests are judged.
//!
//! A request loads one [`Authenticator`] without a lock and keeps it. Changes take a lock, one after the other; requests never wait for it. [`InForce`]
//! holds what a change is compared with: the settings in the form in which users write them, the position of each authority, and how the default fetcher was
//! made.

use std::{fmt, sync::Arc};

use arc_swap::{ArcSwap, Guard};
use axum_core::body::Body;
use http::{Extensions, Request, Response};

use super::{
    default_fetch::DefaultFetch,
    in_force::{InForce, InForceLock},
    swap::authenticator,
};
use crate::{
    authority::{Authority, Position},
    claims::{Noted, ReportOnly},
    config::Config,
    decision::{Authenticator, SharedState},
    keys::{KeySnapshot, KeySource, Named, NamedHosts, Scheduler, log_forgotten},
    refusal::{AuthError, RequestHead},
    settings::{Hidden, KeyRefresh, Settings, SettingsError, mistake},
};

/// The state that all clones of a layer share: the authenticator of the settings in force, and what outlives it.
pub(crate) struct Current {
    pub(super) authenticator: ArcSwap<Authenticator>,
    pub(super) shared: Arc<SharedState>,
    pub(super) scheduler: Scheduler,
    pub(super) in_force: InForceLock,
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current")
            .field("config", &self.load().config)
            .finish_non_exhaustive()
    }
}

impl Current {
    pub(super) fn new(
        settings: Settings,
        config: Config,
        shared: Arc<SharedState>,
        default_fetch: Option<DefaultFetch>,
        named: NamedHosts,
    ) -> Self {
        warn_of(&settings, &shared);
        let key_config = Arc::new(config.keys.clone());
        let first = authenticator(&settings, config, &key_config, &shared, &[]);
        #[cfg(feature = "migration")]
        count_users(&first.config, &shared);
        let authorities = first.authorities();
        let names = authorities.iter().map(|it| it.named());
        let forgotten = first.config.forgotten_keys.clone();
        shared.keys.forgotten.set_of_settings(forgotten, names);
        log_forgotten(&[], &settings.forgotten_keys, &shared.keys.forgotten);
        named_hosts(&named, &authorities, &shared);
        let scheduler = Scheduler::new(Arc::clone(&shared.keys));
        scheduler.look_after(sources(&authorities));
        Self {
            authenticator: ArcSwap::from_pointee(first),
            shared,
            scheduler,
            in_force: InForceLock::new(InForce {
                positions: Position::FIRST
                    .onwards()
                    .take(settings.authorities.len())
                    .collect(),
                settings: Arc::new(settings),
                key_config,
                default_fetch,
                named,
                earlier: Vec::new(),
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

    /// Starts the background task if it is not running, unless the settings leave fetches to requests.
    pub(crate) fn ensure_running(&self) {
        self.ensure_running_for(&self.load());
    }

    /// The same, for callers that have already loaded the authenticator.
    pub(crate) fn ensure_running_for(&self, authenticator: &Authenticator) {
        if authenticator.config.keys.refresh == KeyRefresh::Auto {
            self.scheduler.ensure_running();
        }
    }

    /// Counts a refusal, and returns its response.
    pub(super) fn refuse<B>(
        &self,
        error: impl Into<AuthError>,
        request: &Request<B>,
    ) -> Response<Body> {
        let (error, authenticator) = (error.into(), self.load());
        authenticator.shared.counters.refused(&error);
        authenticator.refuse(error, RequestHead::of(request))
    }

    /// In report-only mode, records and counts a refusal by this layer's `require` or `look_up`, if it is the first of its request. Returns whether it only
    /// reports.
    pub(super) fn only_reports(&self, extensions: &mut Extensions, error: &AuthError) -> bool {
        let noted = ReportOnly::note(extensions, self.shared.layer, error);
        if noted == Some(Noted::First) {
            self.shared.counters.refused(error);
        }
        noted.is_some()
    }

    pub(super) fn bind_forgotten(&self) {
        let authorities = self.load().authorities();
        let names = authorities.iter().map(|it| it.named());
        self.shared.keys.forgotten.bind(names);
    }

    /// Makes a fetch due where the last usable key has been forgotten.
    pub(super) fn note_forgotten(&self) {
        // Spares a swap of ten thousand authorities the search.
        if !self.shared.keys.forgotten.has_been_any() {
            return;
        }
        for authority in self.load().authorities() {
            authority.keys.note_forgotten();
        }
    }

    /// Starts with the keys of an earlier process.
    ///
    /// # Errors
    ///
    /// If the snapshot cannot be used.
    pub(super) fn restore_keys(&self, snapshot: &KeySnapshot) -> Result<(), SettingsError> {
        snapshot.restore_forgotten(&self.shared.keys.forgotten);
        self.bind_forgotten();
        let saved = snapshot.by_url();
        for authority in self.load().authorities() {
            let url = authority.keys.metadata_url();
            if let Some(saved) = url.and_then(|url| saved.get(url)) {
                authority.keys.restore_snapshot(saved).map_err(|_| {
                    let remedy = "an entry of the snapshot cannot be read as a key; start without the snapshot, and the keys are fetched";
                    mistake("key_snapshot", Hidden, remedy)
                })?;
            }
        }
        Ok(())
    }
}

/// Logs what is perhaps not intended in settings that come into force.
pub(super) fn warn_of(settings: &Settings, shared: &SharedState) {
    for warning in settings.warnings(&*shared.clock) {
        tracing::warn!("{warning}");
    }
}

/// Starts or stops counting the users of legacy issuers, as the settings say.
#[cfg(feature = "migration")]
pub(super) fn count_users(config: &Config, shared: &SharedState) {
    let migration = config.migration.as_ref();
    let salt = migration.and_then(|migration| migration.user_salt.as_ref());
    shared.usage.count_users_with(salt, shared.clock.now());
}

/// Records which hosts the operator named.
pub(super) fn named_hosts(
    named: &NamedHosts,
    authorities: &[Arc<Authority>],
    shared: &SharedState,
) {
    let Some(tenants) = &shared.tenants else {
        return;
    };
    let of_settings = authorities.iter().flat_map(|one| one.keys.hosts());
    named.set(of_settings.chain(tenants.named_hosts().map(str::to_owned)));
}

pub(super) fn sources(authorities: &[Arc<Authority>]) -> impl Iterator<Item = Arc<KeySource>> {
    let sources = authorities.iter();
    sources.map(|authority| Arc::clone(&authority.keys))
}

pub(super) fn key_sources<'a>(
    authorities: impl Iterator<Item = &'a Arc<Authority>> + Clone,
) -> impl Iterator<Item = (Named<'a>, &'a KeySource)> + Clone {
    authorities.map(|it| (it.named(), &*it.keys))
}
