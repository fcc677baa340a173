//! What belongs to the process.

use std::sync::Arc;

use super::B2cAuthBuilder;
#[cfg(feature = "migration")]
use crate::migration::UsageSnapshot;
use crate::{
    clock::Clock,
    keys::{Fetch, KeySnapshot},
    refusal::MakeRefusalBody,
    settings::TenantSettings,
    tenants::TenantSource,
};

/// # What belongs to the process
impl B2cAuthBuilder {
    /// Fetches metadata and keys with this fetcher: for another HTTP client, or where [`FetchSettings`](crate::FetchSettings) do not go far enough.
    /// [`ReqwestFetch::from`](crate::ReqwestFetch) takes a reqwest client. [`fetch_timeout`](crate::KeySettings::fetch_timeout) and
    /// [`max_document_bytes`](crate::KeySettings::max_document_bytes) apply to it too.
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Some(Arc::new(fetch));
        self
    }

    /// Uses a clock other than the system's, for tests.
    ///
    /// [`ManualClock`](crate::ManualClock) stands still until a test moves it. The dates in tokens are compared with it, and the ages of keys and all waits
    /// are measured by it.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Makes the bodies of refusals with this function; see [`MakeRefusalBody`]. Without one, they are empty, or as [`refusal`](Self::refusal) says. If
    /// [`refusal`](Self::refusal) is set too, it still decides the status. The function does not apply to refusals by extractors and handlers;
    /// [`MakeRefusalBody`] shows how to give these a body too.
    pub fn refusal_body(mut self, body: impl MakeRefusalBody) -> Self {
        self.refusal_body = Some(Arc::new(body));
        self
    }

    /// Asks this source for tenants that the settings do not name, when a token from an unknown issuer arrives; see [`TenantSource`]. With it, no authority
    /// is needed.
    ///
    /// The layer's own fetcher then connects only to public addresses: each time it resolves a name, it drops loopback, private, link-local and all other
    /// special-purpose addresses, except for hosts that the settings or [`TenantSettings::hosts`] name. A [fetcher of your own](Self::fetch) must do that
    /// itself. Behind an egress proxy, which resolves the names, the list of hosts is the only protection, so make the proxy refuse such addresses too.
    pub fn tenant_source(mut self, source: impl TenantSource) -> Self {
        self.tenant_source = Some(Arc::new(source));
        self
    }

    /// Sets how the [source of tenants](Self::tenant_source) is asked, and which hosts it may name.
    ///
    /// The numbers and durations are checked by [`build`](Self::build), even without a source.
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthLayer, TenantSettings, b2c};
    ///
    /// let layer = |tenants| {
    ///     let builder = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api");
    ///     builder.tenants(tenants).build()
    /// };
    /// assert!(layer(TenantSettings { max_tenants: 500, ..TenantSettings::default() }).is_ok());
    ///
    /// let error = layer(TenantSettings { max_tenants: 0, ..TenantSettings::default() }).unwrap_err();
    /// assert_eq!(error.mistakes()[0].field, "tenants.max_tenants");
    /// ```
    pub fn tenants(mut self, settings: TenantSettings) -> Self {
        self.tenants = settings;
        self
    }

    /// Starts with the keys of an earlier process. The keys that it had forgotten stay forgotten, even if the authority has another name now: it is
    /// recognised by its metadata URL. Keys that are too old are skipped, and so are authorities with a different metadata URL, and those whose issuer or
    /// algorithms the settings no longer allow. A key that its authority no longer published expires when it would have expired in that process. Authorities
    /// that are added later, or found by a [source of tenants](Self::tenant_source), get none of these keys.
    ///
    /// A snapshot with an entry that cannot be read as a key is a mistake that [`build`](Self::build) reports. A damaged snapshot need not keep the service
    /// from starting: build again without it, as below. Keys that only the snapshot had forgotten are then accepted again, so list stolen keys in
    /// [`forgotten_keys`](crate::Settings::forgotten_keys).
    ///
    /// ```
    /// use tower_b2c_auth::{B2cAuthBuilder, B2cAuthLayer, KeySnapshot, SettingsError, b2c};
    ///
    /// fn layer(saved: Option<&str>) -> Result<B2cAuthLayer, SettingsError> {
    ///     let builder = || B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api");
    ///     match saved.map(serde_json::from_str::<KeySnapshot>) {
    ///         Some(Ok(snapshot)) => builder().key_snapshot(snapshot).build().or_else(|error| {
    ///             eprintln!("the snapshot is not used: {error}");
    ///             builder().build()
    ///         }),
    ///         // No file, or one that this version cannot read: the layer fetches the keys.
    ///         _ => builder().build(),
    ///     }
    /// }
    /// let saved = serde_json::to_string(&layer(None)?.key_snapshot()).expect("a snapshot is JSON");
    /// assert!(layer(Some(&saved)).is_ok());
    /// assert!(layer(Some("damaged")).is_ok());
    /// # Ok::<(), SettingsError>(())
    /// ```
    pub fn key_snapshot(mut self, snapshot: KeySnapshot) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    /// Continues the counts of an earlier process, so that a restart keeps the evidence for a [migration](crate::migration).
    ///
    /// If more than two minutes pass in which no process is counting, the quiet period starts over.
    ///
    /// ```
    /// use std::{error::Error, fs, io::ErrorKind};
    /// use tower_b2c_auth::B2cAuthBuilder;
    ///
    /// /// Continues with what the example of `B2cAuthLayer::usage_snapshot` saves.
    /// fn with_saved_usage(builder: B2cAuthBuilder) -> Result<B2cAuthBuilder, Box<dyn Error>> {
    ///     match fs::read("usage.json") {
    ///         Ok(saved) => Ok(builder.usage_snapshot(serde_json::from_slice(&saved)?)),
    ///         Err(error) if error.kind() == ErrorKind::NotFound => Ok(builder),
    ///         Err(error) => Err(error.into()),
    ///     }
    /// }
    /// # let builder = tower_b2c_auth::B2cAuthLayer::builder().authority(tower_b2c_auth::b2c("contoso").policy("B2C_1_a")).audience("api");
    /// # assert!(with_saved_usage(builder)?.build().is_ok());
    /// # Ok::<(), Box<dyn Error>>(())
    /// ```
    #[cfg(feature = "migration")]
    pub fn usage_snapshot(mut self, snapshot: UsageSnapshot) -> Self {
        self.usage = Some(snapshot);
        self
    }
}
