//! Hosts that may have any address.
//!
//! With a source of tenants, a tenant's administrator can choose the host of a metadata URL. The default fetcher then connects to public addresses only.
//! These hosts are the exceptions: those of the authorities in the settings, and of [`TenantSettings::hosts`](crate::TenantSettings::hosts).

use std::{collections::HashSet, sync::Arc};

use arc_swap::ArcSwap;

/// The hosts that the settings name. They may have any address.
///
/// Shared by the fetcher and the settings in force, and changed with them.
#[derive(Debug, Clone, Default)]
pub(crate) struct NamedHosts(Arc<ArcSwap<HashSet<Box<str>>>>);

impl NamedHosts {
    pub(crate) fn set(&self, hosts: impl IntoIterator<Item = impl Into<Box<str>>>) {
        let hosts = hosts.into_iter().map(Into::into).collect();
        self.0.store(Arc::new(hosts));
    }

    pub(crate) fn add(&self, hosts: impl IntoIterator<Item = impl Into<Box<str>>>) {
        let mut all = HashSet::clone(&self.0.load());
        all.extend(hosts.into_iter().map(Into::into));
        self.0.store(Arc::new(all));
    }

    #[cfg(feature = "fetch")]
    pub(super) fn contain(&self, host: &str) -> bool {
        self.0.load().contains(host)
    }
}
