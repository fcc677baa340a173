//! What the settings in force tell operators and later processes: health and key snapshots.
//!
//! Both read each source under its own lock, one after the other, so they are not one moment of all authorities together. No decision depends on them.

use super::current::Current;
use crate::{
    keys::{AuthorityHealth, Health, KeySnapshot},
    settings::{SettingsError, mistake},
};

impl Current {
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
