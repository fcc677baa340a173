//! How often a source of tenants is asked, and what it may answer.

use super::TextDuration;

/// How often a [`TenantSource`](crate::TenantSource) is asked, and what it may answer. [`B2cAuthBuilder::tenants`](crate::B2cAuthBuilder::tenants) takes it.
///
/// Every duration is [text with a unit](TextDuration). No duration and no number may be zero.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, TenantSettings};
///
/// let layer = |tenants| B2cAuthLayer::builder().tenants(tenants).authority(tower_b2c_auth::b2c("contoso").policy("B2C_1_a")).audience("api").build();
/// assert!(layer(TenantSettings { ask_again_after: "10m".into(), hosts: vec!["login.contoso.com".into()], ..TenantSettings::default() }).is_ok());
///
/// let error = layer(TenantSettings { call_burst: 0, ..TenantSettings::default() }).unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "tenants.call_burst");
/// ```
///
/// The settings apply for the life of the layer. A source that answers quickly, and `max_tenants` above the number of tenants that are active within
/// `ask_again_after`, keep most requests from waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSettings {
    /// Hosts that metadata and keys may be fetched from, in addition to Microsoft's: custom domains, each with its port if that is not the scheme's
    /// default. They are compared exactly. Only these, and hosts that the settings name, may have a private address.
    pub hosts: Vec<String>,
    /// How many of the source's issuers are remembered. Default 10,000. Beyond that, the issuer that was confirmed longest ago is forgotten, and the source is
    /// asked for it again when a token from it arrives.
    pub max_tenants: u32,
    /// How long an answer with an authority is valid before the source is asked again. Default `1h`. A tenant that the source no longer knows may still be
    /// accepted for this long. If the source cannot answer when it is asked again, the old answer stays valid for up to a day in all.
    pub ask_again_after: TextDuration,
    /// How long the layer remembers that the source does not know an issuer. Default `1m`. A new tenant may still be refused for this long.
    pub absent_for: TextDuration,
    /// How many calls to the source may follow each other without a pause. Default 100. Anybody can send tokens from made-up issuers, so the number is
    /// limited. A call that finds a tenant does not count, and neither does one about a tenant that was found before.
    pub call_burst: u32,
    /// Once the burst is used up, the time until one more call is allowed. Default `100ms`. Until then, tokens from issuers that are not known yet are
    /// answered with 503.
    pub call_interval: TextDuration,
    /// How many calls may be under way at the same time. Default 64. Beyond that, tokens from issuers about which the source must be asked are answered with
    /// 503.
    pub max_at_once: u32,
    /// How long an answer may take. Default `2s`. A later answer is dropped. The request is then answered with 503, unless an earlier answer about its
    /// tenant is still valid.
    pub timeout: TextDuration,
}

impl Default for TenantSettings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            max_tenants: 10_000,
            ask_again_after: "1h".into(),
            absent_for: "1m".into(),
            call_burst: 100,
            call_interval: "100ms".into(),
            max_at_once: 64,
            timeout: "2s".into(),
        }
    }
}
