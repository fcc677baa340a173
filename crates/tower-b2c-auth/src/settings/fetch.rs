//! How metadata and keys are fetched.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Secret;

/// The `[fetch]` table: what the network between this service and the identity provider requires.
///
/// It applies to the fetcher that the layer makes itself. A fetcher given with [`B2cAuthBuilder::fetch`](crate::B2cAuthBuilder::fetch) has its own settings,
/// so the two cannot be combined. Requests to this machine (`localhost`, `127.0.0.0/8`, `::1`) never go through [`proxy`](Self::proxy). They use the
/// environment's proxy only if `NO_PROXY` does not name this machine and the layer also fetches from other machines: the metadata of some authority is on
/// another machine, or there is a source of tenants.
///
/// The guide's page [The network](crate::guide::network) says which hosts and ports must be reachable.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, Settings};
///
/// let read = |proxy: &str| {
///     Settings::from_toml(&format!(
///         "audiences = 'api'\nauthorities = [{{ tenant = 'contoso', policy = 'B2C_1_a' }}]\nfetch = {{ proxy = '{proxy}' }}"
///     ))
/// };
/// assert!(B2cAuthLayer::from_settings(read("http://proxy.corp.example:3128")?).is_ok());
///
/// // A password in the URL would be shown in logs.
/// let error = B2cAuthLayer::from_settings(read("http://svc:secret@proxy.corp.example:3128")?).unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "fetch.proxy");
/// assert!(!error.to_string().contains("secret"));
/// # Ok::<(), tower_b2c_auth::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FetchSettings {
    /// A file with the certificates of private certificate authorities in PEM, at most 1 MiB; none by default. This layer trusts them in addition to the
    /// platform's roots; nothing else in the process does. The file is read when the settings come into force: swap the settings after it has changed. A
    /// relative path starts at the working folder of the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// The URL of a proxy that connects by `CONNECT` (RFC 9110 §9.3.6), such as `http://proxy.corp.example:3128`; none by default. It has no path, user name
    /// or password. The identity provider's certificate is still verified. If a proxy is set here, the environment's proxies are ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// The user name for the proxy (`Proxy-Authorization: Basic`, RFC 7617). Needs `proxy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_user: Option<String>,
    /// The password for the proxy. Needs `proxy_user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_password: Option<Secret>,
    /// Whether the proxy that the environment names is used: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, or the system's settings on Windows and macOS. Yes by
    /// default.
    pub system_proxy: bool,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            ca_file: None,
            proxy: None,
            proxy_user: None,
            proxy_password: None,
            system_proxy: true,
        }
    }
}
