//! Other settings ─▶ the settings in force.
//!
//! A swap checks everything before it changes anything. The keys that it forgets and the authorities that it removes are refused at once, even for waiting
//! requests. Everything else applies to a request entirely or not at all. The order is:
//!
//! 1. The fetcher is replaced, if the network settings have changed.
//! 2. An authority that continues an earlier one keeps its key source if it can, and otherwise gets a new source that continues it. The same holds for a
//!    found tenant. The sources of earlier authorities that no new one continues are retired, so that even waiting requests cannot use them any more.
//! 3. Forgotten keys of the new settings are put into force, even for requests under the old ones.
//! 4. The authenticator is replaced. Requests that arrive from here on use the new settings.
//! 5. The background task looks after the new sources.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

#[cfg(feature = "migration")]
use super::current::count_users;
use super::{
    current::{Current, key_sources, named_hosts, sources, warn_of},
    default_fetch::{DefaultFetch, refuse_fetch_settings},
    in_force::InForce,
};
use crate::{
    authority::{Authority, Position},
    config::{AuthorityConfig, Config, Need},
    decision::{Authenticator, FoundTenants, SharedState},
    keys::{Adoption, KeyConfig, log_forgotten, warn_of_unknown_keys},
    settings::{Mistakes, Settings, SettingsError},
};

impl Current {
    /// Puts other settings into force. Fetched keys are kept where the authority is the same; verified tokens are judged again.
    ///
    /// # Errors
    ///
    /// All the mistakes in the settings together; if there are any, the settings in force remain.
    pub(super) fn put_into_force(
        &self,
        in_force: &mut InForce,
        settings: Settings,
    ) -> Result<(), SettingsError> {
        let need = match self.shared.tenants {
            Some(_) => Need::None,
            None => Need::AtLeastOne,
        };
        let mut mistakes = Mistakes::default();
        let config = mistakes.note_all(settings.check(need));
        if in_force.default_fetch.is_none() {
            refuse_fetch_settings(&settings, &mut mistakes);
        }
        let config = mistakes.finish(config)?;
        warn_of(&settings, &self.shared);
        // Keeps the fetcher if possible, because it has already read its root certificates.
        if let Some(fetch) = &mut in_force.default_fetch {
            let next = DefaultFetch::of(&config, self.shared.tenants.is_some());
            if *fetch != next {
                self.shared.keys.set_fetch(next.make(&in_force.named)?);
                *fetch = next;
            }
        }
        let before = self.load_full();
        // Records what has become legacy before the settings are replaced.
        #[cfg(feature = "migration")]
        before.watch_legacy();
        // An equal `KeyConfig` is shared, so that the sources need no update.
        let key_config = if *in_force.key_config == config.keys {
            Arc::clone(&in_force.key_config)
        } else {
            Arc::new(config.keys.clone())
        };
        let old = before.authorities();
        let next = authenticator(&settings, config, &key_config, &self.shared, &old);
        let authorities = next.authorities();
        retire(&old, &authorities);
        named_hosts(&in_force.named, &authorities, &self.shared);
        #[cfg(feature = "migration")]
        count_users(&next.config, &self.shared);
        // A waiting request keeps its settings, but must not use a key that the new settings forget.
        let names = authorities.iter().map(|it| it.named());
        let known = &self.shared.keys.forgotten;
        known.set_of_settings(next.config.forgotten_keys.clone(), names.clone());
        self.authenticator.store(Arc::new(next));
        // After the store, so that a key forgotten in the meantime is bound to the new authorities either here or by the call that forgets it.
        known.bind(names);
        in_force.earlier.retain(|it| it.strong_count() > 0);
        in_force.earlier.push(Arc::downgrade(&before));
        #[cfg(feature = "migration")]
        self.load().watch_legacy();
        in_force.positions = Position::FIRST
            .onwards()
            .take(settings.authorities.len())
            .collect();
        let former = &in_force.settings.forgotten_keys;
        log_forgotten(former, &settings.forgotten_keys, known);
        let new = settings.forgotten_keys.iter();
        let new = new.filter(|key| !former.contains(key));
        // Among the earlier authorities too: one that other settings changed has no keys yet.
        if self.shared.tenants.is_none() {
            warn_of_unknown_keys(new, key_sources(old.iter().chain(&authorities)));
        }
        in_force.settings = Arc::new(settings);
        in_force.key_config = key_config;
        self.scheduler.look_after(sources(&authorities));
        self.note_forgotten();
        self.ensure_running();
        Ok(())
    }
}

/// Makes the authenticator for checked settings. An authority that is among those `before` keeps its source, if possible.
pub(super) fn authenticator(
    settings: &Settings,
    mut config: Config,
    key_config: &Arc<KeyConfig>,
    shared: &Arc<SharedState>,
    before: &[Arc<Authority>],
) -> Authenticator {
    let configs = std::mem::take(&mut config.authorities);
    let before = continued(&configs, before);
    let authorities = configs
        .into_iter()
        .zip(Position::FIRST.onwards())
        .zip(before);
    let authorities = authorities.map(|((config, position), before)| {
        let (keys, before) = (&shared.keys, before.map(|it| (&it.keys, Adoption::Update)));
        Arc::new(Authority::new(config, position, key_config, keys, before))
    });
    let authorities = authorities.collect();
    let found_tenants = shared.tenants.as_ref().map(|tenants| FoundTenants {
        number: tenants.next_settings(),
        tenants: Arc::clone(tenants),
        settings: settings.without_authorities(),
        key_config: Arc::clone(key_config),
    });
    Authenticator::new(config, authorities, Arc::clone(shared), found_tenants)
}

/// For each of these authorities, the earlier one that it continues: of those with the same metadata URL, the one with the same name, or else one that no
/// other authority continues.
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

/// Retires the authorities of `before` that none of `after` continues, so that they accept no waiting request. Found tenants stay.
fn retire(before: &[Arc<Authority>], after: &[Arc<Authority>]) {
    let lineages: HashSet<_> = after.iter().map(|one| one.keys.lineage()).collect();
    for authority in before.iter().filter(|one| !one.is_found()) {
        if !lineages.contains(&authority.keys.lineage()) {
            authority.keys.retire();
        }
    }
}
