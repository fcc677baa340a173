//! How the layer's own fetcher gets through the network.

use crate::settings::Secret;

/// The `[fetch]` table, checked. Equal values make the same fetcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchConfig {
    /// Certificates of private authorities.
    pub(crate) ca_pem: Option<Vec<u8>>,
    pub(crate) proxy: Option<ProxyConfig>,
    /// Whether the environment's proxies are used, if there is none here.
    pub(crate) system_proxy: bool,
}

/// A proxy that was named in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProxyConfig {
    pub(crate) url: String,
    pub(crate) host: String,
    pub(crate) credentials: Option<(String, Option<Secret>)>,
}
