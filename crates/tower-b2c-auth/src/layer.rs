//! The layer.

use std::{marker::PhantomData, sync::Arc};

use tower_layer::Layer;

use crate::{
    builder::B2cAuthBuilder,
    current::Current,
    decisions::Decisions,
    keys::{FetchError, Health, KeySnapshot, Trigger},
    migration::{LedgerSnapshot, MigrationReport},
    refusal_body::EmptyBody,
    requirement::{RequireLayer, Requirement},
    service::B2cAuth,
    settings::{Settings, SettingsError},
};

/// Protects a service with Azure AD B2C tokens.
///
/// Every request must carry one bearer token (RFC 6750 §2.1) that a configured authority issued for this API. The handlers find its claims as
/// [`VerifiedClaims`](crate::VerifiedClaims) in the request's extensions; everything else is answered here, see the
/// [table of refusals](crate#what-a-client-is-answered).
///
/// `R` is what refusals have for a body: nothing, or JSON in API Management's manner if the layer was
/// [built](B2cAuthBuilder::build_with_json_refusals) that way.
///
/// A clone is an `Arc` clone and shares the keys. The keys are fetched by one background task, which the first request starts and which
/// ends with the last clone.
#[derive(Debug, Clone)]
#[must_use = "a layer does nothing until it is put on a router"]
pub struct B2cAuthLayer<R = EmptyBody> {
    current: Arc<Current>,
    refusals: PhantomData<fn() -> R>,
}

impl B2cAuthLayer {
    /// Starts with nothing; at least one authority and one audience are needed.
    pub fn builder() -> B2cAuthBuilder {
        B2cAuthBuilder::default()
    }

    /// A layer from settings, as they come from a file.
    ///
    /// # Errors
    ///
    /// All mistakes in the settings together.
    pub fn from_settings(settings: Settings) -> Result<Self, SettingsError> {
        B2cAuthBuilder::from(settings).build()
    }
}

impl<R> B2cAuthLayer<R> {
    pub(crate) fn new(current: Arc<Current>) -> Self {
        Self {
            current,
            refusals: PhantomData,
        }
    }

    /// A layer for single routes that lets only requests through whose claims meet the requirement. Put it inside of this layer.
    pub fn require(&self, requirement: Requirement) -> RequireLayer<R> {
        RequireLayer::new(requirement, Arc::clone(&self.current))
    }

    /// Puts other settings into force, for this layer and all its clones, without losing a request: each request is judged by the old settings
    /// or by the new ones, never by a mixture. Fetched keys are kept where the authority is the same.
    ///
    /// # Errors
    ///
    /// All mistakes in the settings together; then nothing changes.
    pub fn swap_settings(&self, settings: &Settings) -> Result<(), SettingsError> {
        self.current.swap(settings)
    }

    /// Waits until every authority has been asked for its keys once, so that the first request does not have to.
    ///
    /// # Errors
    ///
    /// The state of the keys, if an authority has none after that. The layer serves all the same: it goes on trying, and answers 503 for
    /// the tokens that it cannot judge.
    pub async fn warm_up(&self) -> Result<(), Health> {
        let authenticator = self.current.load_full();
        let keys = authenticator.keys();
        authenticator
            .await_fetch(keys.undiscovered(), Trigger::Schedule)
            .await;
        let health = keys.health();
        if health.is_ready() {
            Ok(())
        } else {
            Err(health)
        }
    }

    /// Fetches the keys of all authorities now, whenever they were fetched last, and waits for the result.
    ///
    /// # Errors
    ///
    /// The first authority's error. Known keys stay in use.
    pub async fn refresh_now(&self) -> Result<(), FetchError> {
        let authenticator = self.current.load_full();
        let keys = authenticator.keys();
        if !authenticator
            .await_fetch(keys.fetching(), Trigger::Operator)
            .await
        {
            return Err(FetchError::Timeout);
        }
        keys.last_error().map_or(Ok(()), Err)
    }

    /// Drops a key at once, for emergencies: whatever it signed is refused from the next request on, even if the authority still lists it.
    pub fn forget_key(&self, kid: &str) {
        self.current.load().keys().forget(kid);
    }

    /// The state of every authority's keys, for readiness probes.
    pub fn health(&self) -> Health {
        self.current.load().keys().health()
    }

    /// Who used which issuer, and whether the legacy issuer can be removed.
    pub fn migration_report(&self) -> MigrationReport {
        self.current.load().migration_report()
    }

    /// How many requests were accepted and refused, and why.
    pub fn decisions(&self) -> Decisions {
        self.current.decisions()
    }

    /// What was counted so far, for [`B2cAuthBuilder::ledger_snapshot`].
    pub fn ledger_snapshot(&self) -> LedgerSnapshot {
        self.current.ledger_snapshot()
    }

    /// The keys as they are now, for [`B2cAuthBuilder::key_snapshot`].
    pub fn key_snapshot(&self) -> KeySnapshot {
        self.current.load().keys().snapshot()
    }
}

impl<S, R> Layer<S> for B2cAuthLayer<R> {
    type Service = B2cAuth<S, R>;

    fn layer(&self, inner: S) -> B2cAuth<S, R> {
        B2cAuth::new(inner, Arc::clone(&self.current))
    }
}
