//! Adds and removes single authorities while requests are judged.
//!
//! Neither touches the other authorities, their keys or the tokens that they verified. An addition that would affect other authorities becomes a swap of all
//! settings. There are three such additions: a second authority, if the settings list issuers that then no longer belong to the first one; one that is
//! legacy or accepts any tenant; and one with an algorithm that no other has. A removed authority's source is retired first, so that a waiting request is
//! not accepted by it.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use super::{current::Current, in_force::InForce};
use crate::{
    authority::{Authority, Position},
    config::{AuthorityConfig, IssuerList},
    decision::Authenticator,
    keys::MetadataSource,
    settings::{AuthoritySettings, ForgottenKey, Settings, SettingsError},
};

impl Current {
    /// Adds authorities without affecting the others.
    ///
    /// # Errors
    ///
    /// All the mistakes in the added authorities together; if there are any, none is added.
    pub(crate) fn add(&self, added: Vec<AuthoritySettings>) -> Result<(), SettingsError> {
        let mut in_force = self.in_force.lock();
        let mut added = added;
        for authority in &mut added {
            authority.on_demand = !authority.is_inline();
        }
        let authenticator = self.load_full();
        let issuers = &*authenticator.issuers;
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
            && let Some(other) = fetch.for_more(&authenticator.config, urls)
        {
            self.shared.keys.set_fetch(other.make(&in_force.named)?);
            in_force.default_fetch = Some(other);
        }
        let hosts = checked.iter().filter_map(|one| one.metadata.as_ref());
        in_force.named.add(hosts.flat_map(MetadataSource::hosts));
        let held_off = issuers.hold_off_found();
        for config in checked {
            let position = issuers.next_position();
            let (key_config, keys) = (&in_force.key_config, &self.shared.keys);
            let authority = Arc::new(Authority::new(config, position, key_config, keys, None));
            self.scheduler.add(Arc::clone(&authority.keys));
            issuers.add(authority);
            in_force.positions.push(position);
        }
        drop(held_off);
        // A key may have been forgotten for an authority of this name before.
        self.bind_forgotten();
        let settings = Arc::make_mut(&mut in_force.settings);
        settings.authorities.extend(added);
        Ok(())
    }

    /// Removes an authority without affecting the others. Returns whether there was one of this name.
    ///
    /// # Errors
    ///
    /// If routes name the authority, or if another would get its listed issuers. The authority then stays.
    pub(crate) fn remove(&self, name: &str) -> Result<bool, SettingsError> {
        let mut in_force = self.in_force.lock();
        let authenticator = self.load_full();
        let issuers = &*authenticator.issuers;
        // Under no settings may a request that has already checked the answer make its authorities once the answer is forgotten.
        let earlier: Vec<_> = in_force.earlier.iter().filter_map(Weak::upgrade).collect();
        let _held_off_earlier: Vec<_> = earlier
            .iter()
            .map(|it| it.issuers.hold_off_found())
            .collect();
        let _held_off = issuers.hold_off_found();
        let authority = issuers.by_name(name);
        if let Some(authority) = &authority {
            in_force.settings.check_no_route_names(name)?;
            if let Some(only) = issuers.only_owner_without(authority) {
                let gets = |list, issuer: &str| {
                    only.takes(list)
                        && !issuers.has_for(&only, issuer)
                        && (list == IssuerList::Issuers || only.names_no_other_tenant(issuer))
                };
                let settings = &in_force.settings;
                settings.check_listed_issuers_stay(name, &only.name, gets)?;
            }
            // Also affects requests that wait, under these settings or earlier ones.
            authority.keys.retire();
        }
        let tenants = self.shared.tenants.as_ref();
        let tenants = tenants.filter(|_| authority.as_ref().is_none_or(|it| it.is_found()));
        if let Some(tenants) = tenants {
            tenants.note_removed(name);
            let named = tenants.named(name);
            let was_found_earlier = retire_found(&earlier, name);
            let is_made = |issuer: &str, until| issuers.has_found(issuer, until);
            let was_remembered = tenants.forget_unmade(name, is_made);
            if authority.is_none() && named.is_none() && !was_found_earlier && !was_remembered {
                return Ok(false);
            }
            if authority.is_none()
                && let Some((_, found)) = &named
            {
                // The settings in force have not made this authority yet. The other authorities in the same answer of the source are forgotten with it.
                found.keys.lock().iter().for_each(|keys| keys.retire());
            }
            let assigned = authority.iter().flat_map(|it| &*it.assigned_issuers);
            let named = named.iter().map(|(issuer, _)| issuer);
            assigned.chain(named).for_each(|it| tenants.forget(it));
        } else if authority.is_none() {
            return Ok(false);
        }
        issuers.remove(name);
        let InForce {
            settings,
            positions,
            ..
        } = &mut *in_force;
        let settings = Arc::make_mut(settings);
        keep_names(settings, positions, &authenticator.authorities());
        if let Some(authority) = &authority {
            self.scheduler.remove(&authority.keys);
            if let Ok(at) = positions.binary_search(&authority.position) {
                positions.remove(at);
                settings.authorities.remove(at);
            }
        }
        // The settings must not name a removed authority. If it comes back, its keys stay forgotten.
        let of_it = |key: &ForgottenKey| key.authority.as_deref() == Some(name);
        let forgotten = &self.shared.keys.forgotten;
        let url = authority.as_ref().and_then(|it| it.keys.metadata_url());
        for key in settings.forgotten_keys.extract_if(.., |key| of_it(key)) {
            forgotten.add(key, url);
        }
        self.bind_forgotten();
        Ok(true)
    }
}

/// Retires the found authorities of this name that only requests under these earlier settings still have. Returns whether there was one.
fn retire_found(earlier: &[Arc<Authenticator>], name: &str) -> bool {
    let found = earlier.iter();
    let found = found.filter_map(|it| it.issuers.by_name(name));
    let found = found.filter(|it| it.is_found() && !it.keys.is_retired());
    found.inspect(|it| it.keys.retire()).count() > 0
}

/// Writes the derived names of the authorities into the settings. Without the removed authority, other names could be derived, and routes and forgotten
/// keys would refer to other authorities.
fn keep_names(settings: &mut Settings, positions: &[Position], authorities: &[Arc<Authority>]) {
    let names = authorities.iter();
    let names: HashMap<_, _> = names.map(|one| (one.position, &*one.name)).collect();
    for (authority, position) in settings.authorities.iter_mut().zip(positions) {
        if authority.name.is_none() {
            authority.name = names.get(position).map(|name| (*name).to_owned());
        }
    }
}
