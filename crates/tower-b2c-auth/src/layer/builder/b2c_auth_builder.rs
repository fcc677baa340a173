//! The builder, and how it makes the layer.

use std::sync::Arc;

#[cfg(feature = "migration")]
use crate::migration::{Usage, UsageSnapshot};
use crate::{
    claims::LayerId,
    clock::{Clock, SystemClock},
    config::Need,
    decision::SharedState,
    keys::{Fetch, KeyContext, KeySnapshot, NamedHosts},
    layer::{
        b2c_auth_layer::B2cAuthLayer,
        current::Current,
        default_fetch::{DefaultFetch, refuse_fetch_settings},
    },
    refusal::MakeRefusalBody,
    settings::{Mistakes, Settings, SettingsError, TenantSettings},
    tenants::{TenantSource, Tenants},
};

/// Builds a [`B2cAuthLayer`].
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, b2c};
///
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_signupsignin1"))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .build();
/// assert!(auth.is_ok());
///
/// // Without an audience, tokens for every other API of the tenant would be accepted.
/// let refused = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_signupsignin1")).build();
/// assert_eq!(refused.unwrap_err().mistakes()[0].field, "audiences");
/// ```
///
/// # Where each value lives
///
/// Almost every method fills one field of [`Settings`], so a file can do the same, and [`B2cAuthLayer::swap_settings`] can change it later. These belong to
/// the process instead. They apply for the life of the layer, and no swap changes them:
///
/// | method | value |
/// |---|---|
/// | [`fetch`](Self::fetch) | the fetcher |
/// | [`clock`](Self::clock) | the clock |
/// | [`refusal_body`](Self::refusal_body) | the bodies of refusals |
/// | [`tenant_source`](Self::tenant_source), [`tenants`](Self::tenants) | the source of tenants, and its limits |
/// | [`key_snapshot`](Self::key_snapshot), [`usage_snapshot`](Self::usage_snapshot) | the state of an earlier process |
///
/// To start from a file and add these, use `B2cAuthBuilder::from(settings)`.
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct B2cAuthBuilder {
    pub(super) settings: Settings,
    pub(super) fetch: Option<Arc<dyn Fetch>>,
    pub(super) clock: Option<Arc<dyn Clock>>,
    pub(super) snapshot: Option<KeySnapshot>,
    #[cfg(feature = "migration")]
    pub(super) usage: Option<UsageSnapshot>,
    pub(super) refusal_body: Option<Arc<dyn MakeRefusalBody>>,
    pub(super) tenant_source: Option<Arc<dyn TenantSource>>,
    pub(super) tenants: TenantSettings,
}

impl B2cAuthBuilder {
    /// Returns the settings so far.
    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// Checks the settings and makes the layer. Nothing is fetched yet, and no runtime is needed.
    ///
    /// The checks cover everything that can be checked without the network. A wrong tenant or an unreachable host shows only when its metadata is fetched:
    /// call [`warm_up`](B2cAuthLayer::warm_up) to wait for that, or watch [`health`](B2cAuthLayer::health).
    ///
    /// # Errors
    ///
    /// All the mistakes together, each with the field, the value and how to correct it: those in the settings, [`TenantSettings`] outside their bounds, and a
    /// [`FetchSettings`](crate::FetchSettings) table together with a [fetcher of your own](Self::fetch).
    ///
    /// If there are none, the first of these: metadata or a source of tenants without a fetcher, in a build without the feature `fetch`; root certificates
    /// that cannot be loaded; an unusable [key snapshot](Self::key_snapshot).
    pub fn build(self) -> Result<B2cAuthLayer, SettingsError> {
        Ok(B2cAuthLayer {
            current: Arc::new(self.current()?),
            token_source: None,
        })
    }

    fn current(self) -> Result<Current, SettingsError> {
        let settings = self.settings;
        let need = match self.tenant_source {
            Some(_) => Need::None,
            None => Need::AtLeastOne,
        };
        let mut mistakes = Mistakes::default();
        let config = mistakes.note_all(settings.check(need));
        let tenant_rules = self.tenants.check(&mut mistakes);
        if self.fetch.is_some() {
            refuse_fetch_settings(&settings, &mut mistakes);
        }
        let (config, tenant_rules) = mistakes.finish(config.zip(tenant_rules))?;
        let named = NamedHosts::default();
        let clock = self
            .clock
            .unwrap_or_else(|| Arc::new(SystemClock::default()));
        #[cfg(feature = "migration")]
        let usage = match &self.usage {
            Some(snapshot) => Usage::restored(snapshot, &*clock),
            None => Usage::new(&*clock),
        };
        let (fetch, default_fetch): (Arc<dyn Fetch>, _) = match self.fetch {
            Some(fetch) => (fetch, None),
            None => {
                let default_fetch = DefaultFetch::of(&config, self.tenant_source.is_some());
                (default_fetch.make(&named)?, Some(default_fetch))
            }
        };
        let keys = Arc::new(KeyContext::new(Arc::clone(&clock), fetch));
        let tenants = self.tenant_source.map(|source| {
            let tenants = Tenants::new(source, tenant_rules, Arc::clone(&keys));
            Arc::new(tenants)
        });
        let shared = SharedState {
            layer: LayerId::next(),
            keys,
            tenants,
            clock,
            waiting: Arc::default(),
            #[cfg(feature = "migration")]
            usage,
            counters: Default::default(),
            refusal_body: self.refusal_body,
        };
        let current = Current::new(settings, config, Arc::new(shared), default_fetch, named);
        if let Some(snapshot) = &self.snapshot {
            current.restore_keys(snapshot)?;
        }
        Ok(current)
    }
}

impl From<Settings> for B2cAuthBuilder {
    fn from(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }
}
