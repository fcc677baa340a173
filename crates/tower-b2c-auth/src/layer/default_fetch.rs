//! The fetcher that is used unless the user gave one.

use std::time::Duration;

use crate::{
    config::Config,
    keys::{ReqwestFetch, SystemProxy},
    settings::{SettingsError, mistake},
    urls::is_loopback,
};

/// What makes one default fetcher differ from another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DefaultFetch {
    connect_timeout: Duration,
    proxy: SystemProxy,
}

impl DefaultFetch {
    pub(super) fn of(config: &Config) -> Self {
        let all = config.authorities.iter();
        let mut urls = all.filter_map(|authority| authority.metadata.as_ref());
        let proxy = if urls.all(|metadata| is_loopback(&metadata.url)) {
            SystemProxy::Ignore
        } else {
            SystemProxy::Use
        };
        Self {
            connect_timeout: config.keys.connect_timeout,
            proxy,
        }
    }

    /// # Errors
    ///
    /// If it cannot be made on this machine.
    pub(super) fn make(&self) -> Result<ReqwestFetch, SettingsError> {
        let remedy = "the default fetcher cannot be made on this machine; give one";
        ReqwestFetch::for_settings(self.connect_timeout, self.proxy)
            .map_err(|error| mistake("fetch", error.to_string(), remedy))
    }
}
