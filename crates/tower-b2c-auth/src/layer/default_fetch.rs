//! The fetcher that is used unless the user gave one.

use std::time::Duration;

use crate::{
    config::Config,
    keys::{MetadataSource, NamedHosts, ReqwestFetch, SystemProxy},
    settings::{SettingsError, mistake},
    urls::is_loopback,
};

/// What makes one default fetcher differ from another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DefaultFetch {
    connect_timeout: Duration,
    proxy: SystemProxy,
    /// Tenants come from a source: their hosts must have public addresses.
    guards_addresses: bool,
}

impl DefaultFetch {
    pub(super) fn of(config: &Config, has_tenants: bool) -> Self {
        let all = config.authorities.iter();
        Self {
            connect_timeout: config.keys.connect_timeout,
            proxy: match has_tenants {
                true => SystemProxy::Use,
                false => proxy_for(all.filter_map(|authority| authority.metadata.as_ref())),
            },
            guards_addresses: has_tenants,
        }
    }

    /// What fetches these too; none if this does.
    pub(super) fn for_more<'a>(
        &self,
        added: impl IntoIterator<Item = &'a MetadataSource>,
    ) -> Option<Self> {
        let is_other = self.proxy == SystemProxy::Ignore && proxy_for(added) == SystemProxy::Use;
        is_other.then_some(Self {
            proxy: SystemProxy::Use,
            ..*self
        })
    }

    /// # Errors
    ///
    /// If it cannot be made on this machine.
    pub(super) fn make(&self, named: &NamedHosts) -> Result<ReqwestFetch, SettingsError> {
        let remedy = "the default fetcher cannot be made on this machine; give one";
        let named = self.guards_addresses.then(|| named.clone());
        ReqwestFetch::for_settings(self.connect_timeout, self.proxy, named)
            .map_err(|error| mistake("fetch", error.to_string(), remedy))
    }
}

fn proxy_for<'a>(metadata: impl IntoIterator<Item = &'a MetadataSource>) -> SystemProxy {
    let mut urls = metadata.into_iter().map(|metadata| &metadata.url);
    if urls.all(|url| is_loopback(url)) {
        SystemProxy::Ignore
    } else {
        SystemProxy::Use
    }
}
