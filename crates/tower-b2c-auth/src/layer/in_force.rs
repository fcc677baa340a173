//! The settings in force, and the lock that puts their changes one after the other.

use std::{
    sync::{Arc, Weak},
    thread::{self, ThreadId},
};

use parking_lot::{Mutex, MutexGuard};

use super::default_fetch::DefaultFetch;
use crate::{
    authority::Position,
    decision::Authenticator,
    keys::{KeyConfig, NamedHosts},
    settings::Settings,
};

pub(super) struct InForce {
    pub(super) settings: Arc<Settings>,
    /// The positions of the authorities made from the settings, in the settings' order.
    pub(super) positions: Vec<Position>,
    pub(super) key_config: Arc<KeyConfig>,
    /// The default fetcher. `None` if the user gave one.
    pub(super) default_fetch: Option<DefaultFetch>,
    /// The hosts that the default fetcher may reach at private addresses, if there is a source of tenants.
    pub(super) named: NamedHosts,
    /// The authenticators of earlier settings, for as long as requests under those wait.
    pub(super) earlier: Vec<Weak<Authenticator>>,
}

/// Held while settings change.
pub(super) struct InForceLock {
    in_force: Mutex<InForce>,
    /// The thread that holds the lock while it runs code of the user's.
    runs_change: Mutex<Option<ThreadId>>,
}

impl InForceLock {
    pub(super) fn new(in_force: InForce) -> Self {
        Self {
            in_force: Mutex::new(in_force),
            runs_change: Mutex::new(None),
        }
    }

    /// # Panics
    ///
    /// In code that [`update`](Self::update) runs, where waiting for the lock would never end.
    pub(super) fn lock(&self) -> MutexGuard<'_, InForce> {
        let runs_change = *self.runs_change.lock() == Some(thread::current().id());
        assert!(
            !runs_change,
            "the closure given to update_settings calls the layer's settings() or a method that changes its settings; instead, change the settings that the closure gets"
        );
        self.in_force.lock()
    }

    /// Lets `change` make other settings of those in force. Returns them with the lock, which holds until they are in force.
    pub(super) fn update(
        &self,
        change: impl FnOnce(&mut Settings),
    ) -> (Settings, MutexGuard<'_, InForce>) {
        let in_force = self.lock();
        let mut settings = Settings::clone(&in_force.settings);
        let runs_change = RunsChange::on_this_thread(&self.runs_change);
        change(&mut settings);
        drop(runs_change);
        (settings, in_force)
    }
}

/// Until it is dropped, even by a panic, this thread runs code of the user's.
struct RunsChange<'a>(&'a Mutex<Option<ThreadId>>);

impl<'a> RunsChange<'a> {
    fn on_this_thread(thread: &'a Mutex<Option<ThreadId>>) -> Self {
        *thread.lock() = Some(thread::current().id());
        Self(thread)
    }
}

impl Drop for RunsChange<'_> {
    fn drop(&mut self) {
        *self.0.lock() = None;
    }
}
