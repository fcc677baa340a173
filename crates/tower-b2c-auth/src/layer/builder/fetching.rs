//! When and how keys are fetched.

use std::path::PathBuf;

use super::B2cAuthBuilder;
use crate::settings::KeySettings;

/// # When and how keys are fetched
impl B2cAuthBuilder {
    /// Sets when keys are fetched and how long they are kept; see [`KeySettings`].
    ///
    /// A value outside its bounds is a mistake that [`build`](Self::build) reports. Where the process is frozen between requests, set
    /// [`KeySettings::refresh`] to `on_request`.
    pub fn keys(mut self, keys: KeySettings) -> Self {
        self.settings.keys = keys;
        self
    }

    /// Trusts the private certificate authorities in this PEM file in addition to the platform's roots; see
    /// [`FetchSettings::ca_file`](crate::FetchSettings::ca_file).
    ///
    /// The file is read when the layer is built and at each swap of the settings; a file that is missing, or contains no PEM certificate, is a mistake:
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let layer = B2cAuthLayer::builder()
    ///     .authority(b2c("contoso").policy("B2C_1_a"))
    ///     .audience("api")
    ///     .ca_file("/nowhere/ca.pem")
    ///     .build();
    /// assert_eq!(layer.unwrap_err().mistakes()[0].field, "fetch.ca_file");
    /// ```
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.fetch.ca_file = Some(path.into());
        self
    }

    /// Fetches through this proxy instead of the environment's; see [`FetchSettings::proxy`](crate::FetchSettings::proxy).
    ///
    /// The URL has a scheme, a host and a port, and nothing else. A user name or a password in it is refused, because URLs are logged:
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// let layer = |proxy: &str| {
    ///     let builder = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api");
    ///     builder.proxy(proxy).build()
    /// };
    /// assert!(layer("http://proxy.corp.example:3128").is_ok());
    ///
    /// let error = layer("http://svc:secret@proxy.corp.example:3128").unwrap_err();
    /// assert_eq!(error.mistakes()[0].field, "fetch.proxy");
    /// assert!(!error.to_string().contains("secret"));
    /// ```
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.settings.fetch.proxy = Some(url.into());
        self
    }

    /// Sets the user name and the password for the [`proxy`](Self::proxy).
    ///
    /// The layer sends them as `Proxy-Authorization: Basic` (RFC 7617), in clear if the proxy's URL is `http`. They never appear in logs or errors.
    pub fn proxy_credentials(
        mut self,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        self.settings.fetch.proxy_user = Some(user.into());
        self.settings.fetch.proxy_password = Some(password.into().into());
        self
    }

    /// Ignores the proxies that the environment names; see [`FetchSettings::system_proxy`](crate::FetchSettings::system_proxy).
    ///
    /// Use it where the process has `HTTPS_PROXY` for other clients, and the identity provider is reached directly.
    pub fn no_system_proxy(mut self) -> Self {
        self.settings.fetch.system_proxy = false;
        self
    }
}
