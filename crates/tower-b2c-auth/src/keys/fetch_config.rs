//! The network settings of the default fetcher.

use crate::settings::Secret;

/// The `[fetch]` table after the check. Equal values make equal fetchers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchConfig {
    /// The certificates of private certificate authorities.
    pub(crate) ca_pem: Option<Vec<u8>>,
    pub(crate) proxy: Option<ProxyConfig>,
    /// Whether to use the environment's proxies if `proxy` is `None`.
    pub(crate) system_proxy: bool,
}

/// The proxy in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProxyConfig {
    pub(crate) url: String,
    pub(crate) host: String,
    pub(crate) credentials: Option<(String, Option<Secret>)>,
}
