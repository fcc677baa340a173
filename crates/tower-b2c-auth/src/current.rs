//! The settings in force. They can be swapped while requests are judged.

use std::{sync::Arc, time::Duration};

use arc_swap::{ArcSwap, Guard};

use crate::{
    authenticator::{Authenticator, Records},
    clock::Clock,
    config::{AuthorityConfig, Config},
    decisions::Decisions,
    keys::{Fetcher, KeyStore, SystemProxy},
    migration::LedgerSnapshot,
    settings::{Settings, SettingsError, mistake},
    urls::is_loopback,
};

/// What all clones of a layer share: the authenticator of the settings in force, and what outlives them.
#[derive(Debug)]
pub(crate) struct Current {
    authenticator: ArcSwap<Authenticator>,
    surroundings: Surroundings,
}

/// What no settings say.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) clock: Arc<dyn Clock>,
    /// The user's own client, if there is one.
    pub(crate) client: Option<reqwest::Client>,
    pub(crate) records: Records,
    pub(crate) bodies: Bodies,
}

/// What refusals can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bodies {
    Empty,
    Json,
}

impl Current {
    /// # Errors
    ///
    /// All mistakes in the settings together.
    pub(crate) fn new(
        settings: &Settings,
        surroundings: Surroundings,
    ) -> Result<Self, SettingsError> {
        let first = surroundings.authenticator(settings, None)?;
        Ok(Self {
            authenticator: ArcSwap::from_pointee(first),
            surroundings,
        })
    }

    pub(crate) fn decisions(&self) -> Decisions {
        self.surroundings.records.tally.read()
    }

    pub(crate) fn ledger_snapshot(&self) -> LedgerSnapshot {
        self.surroundings.records.ledger.snapshot()
    }

    /// The authenticator for one request. Whoever holds it sees one set of settings only.
    pub(crate) fn load(&self) -> Guard<Arc<Authenticator>> {
        self.authenticator.load()
    }

    /// The same, to be held while something is waited for.
    pub(crate) fn load_full(&self) -> Arc<Authenticator> {
        self.authenticator.load_full()
    }

    /// Puts other settings into force. Keys are kept where the authority is the same; verified tokens are judged anew.
    ///
    /// # Errors
    ///
    /// All mistakes in the settings together; then the settings in force remain.
    pub(crate) fn swap(&self, settings: &Settings) -> Result<(), SettingsError> {
        let next = self
            .surroundings
            .authenticator(settings, Some(&self.load()))?;
        self.authenticator.store(Arc::new(next));
        Ok(())
    }
}

impl Surroundings {
    fn authenticator(
        &self,
        settings: &Settings,
        before: Option<&Authenticator>,
    ) -> Result<Authenticator, SettingsError> {
        let config = Arc::new(settings.check()?);
        if config.refusal.is_some() && self.bodies == Bodies::Empty {
            let remedy =
                "needs refusals with a body; build the layer with build_with_json_refusals()";
            return Err(mistake("refusal", &settings.refusal, remedy));
        }
        let kind = ClientKind::of(&config);
        let client = match (&self.client, before) {
            (Some(client), _) => client.clone(),
            // Its connections and the certificate roots it has read are worth keeping.
            (None, Some(before)) if ClientKind::of(before.config()) == kind => {
                before.keys().client().clone()
            }
            _ => kind.client(&config)?,
        };
        let keys = KeyStore::new(
            Arc::clone(&config),
            Fetcher::new(client, &config.keys),
            Arc::clone(&self.clock),
        );
        if let Some(before) = before {
            keys.inherit(before.keys());
        }
        Ok(Authenticator::new(
            config,
            keys,
            self.records.clone(),
            Arc::clone(&self.clock),
        ))
    }
}

/// What makes one default client differ from another.
#[derive(Debug, PartialEq, Eq)]
struct ClientKind {
    connect_timeout: Duration,
    proxy: SystemProxy,
}

impl ClientKind {
    fn of(config: &Config) -> Self {
        let on_loopback =
            |authority: &AuthorityConfig| authority.metadata_url.as_ref().is_none_or(is_loopback);
        let proxy = if config.authorities.iter().all(on_loopback) {
            SystemProxy::Ignore
        } else {
            SystemProxy::Use
        };
        Self {
            connect_timeout: config.keys.connect_timeout,
            proxy,
        }
    }

    fn client(&self, config: &Config) -> Result<reqwest::Client, SettingsError> {
        let remedy = "the default client cannot be made on this machine; give one";
        Fetcher::default_client(&config.keys, self.proxy)
            .map_err(|error| mistake("http_client", error.to_string(), remedy))
    }
}
