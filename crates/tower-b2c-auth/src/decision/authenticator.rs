//! One set of settings and its authorities, ready to judge requests.
//!
//! A swap makes a new [`Authenticator`]; a request keeps the one that it began with, so it never sees half a swap. Each has its own cache of verified
//! tokens, because other settings may refuse them. What must outlive a swap is in [`SharedState`].

use std::sync::Arc;

use axum_core::body::Body;
use b2c_verify::AlgorithmSet;
use http::{Response, StatusCode};

use super::{
    decision_context::DecisionContext, found_tenants::FoundTenants, issuers::Issuers,
    shared_state::SharedState, token_cache::TokenCache, waiting_room::WaitingRoom,
};
#[cfg(feature = "migration")]
use crate::migration::{LegacyIssuer, MigrationReport, UsageSnapshot};
use crate::{
    authority::Authority,
    config::Config,
    keys::Sequence,
    refusal::{AuthError, RefusalFormat, RequestHead},
};

/// Judges requests by one set of settings.
pub(crate) struct Authenticator {
    pub(crate) config: Config,
    /// The algorithms that at least one authority allows.
    pub(super) algorithms: AlgorithmSet,
    pub(crate) issuers: Arc<Issuers>,
    /// `None` if there is no source of tenants.
    pub(super) found_tenants: Option<FoundTenants>,
    pub(super) tokens: TokenCache,
    pub(super) waiting_room: WaitingRoom,
    pub(crate) shared: Arc<SharedState>,
}

impl Authenticator {
    pub(crate) fn new(
        config: Config,
        authorities: Vec<Arc<Authority>>,
        shared: Arc<SharedState>,
        found_tenants: Option<FoundTenants>,
    ) -> Self {
        let rules = authorities.iter().map(|authority| &authority.rules);
        let rules = rules.chain(found_tenants.as_ref().map(|_| &config.unknown_issuer_rules));
        let allowed = rules.flat_map(|rules| rules.allowed_algorithms().iter());
        let migration = config.migration.as_ref();
        let legacy = migration.map_or(&[][..], |migration| &migration.legacy_issuers);
        Self {
            algorithms: AlgorithmSet::new(allowed),
            tokens: TokenCache::new(config.verified_token_cache_bytes),
            waiting_room: WaitingRoom::new(
                Arc::clone(&shared.waiting),
                config.keys.max_waiting,
                config.keys.max_waiting_per_authority,
            ),
            issuers: Issuers::new(
                authorities,
                &config.unassigned_issuers,
                legacy,
                &shared.keys,
            ),
            found_tenants,
            config,
            shared,
        }
    }

    /// The response to a refused request.
    pub(crate) fn refuse(&self, error: AuthError, head: RequestHead<'_>) -> Response<Body> {
        let format = RefusalFormat {
            style: self.config.refusal.as_deref(),
            body: self.shared.refusal_body.as_deref(),
        };
        if error.status() == StatusCode::INTERNAL_SERVER_ERROR {
            // The router must be mended.
            tracing::error!(reason = error.reason(), "request refused: {error}");
        } else {
            tracing::debug!(reason = error.reason(), "request refused");
        }
        format.respond(error, head)
    }

    /// All authorities, in the order of the settings; added ones come last.
    pub(crate) fn authorities(&self) -> Vec<Arc<Authority>> {
        self.issuers.authorities()
    }

    /// Whether an authority with these algorithms can be added.
    pub(crate) fn allows(&self, algorithms: AlgorithmSet) -> bool {
        algorithms.iter().all(|one| self.algorithms.contains(one))
    }

    /// Whether this key of the authority is forgotten.
    pub(crate) fn is_forgotten(&self, authority: &Authority, kid: &str) -> bool {
        self.shared
            .keys
            .forgotten
            .contains(|| authority.named(), kid)
    }

    #[cfg(feature = "migration")]
    pub(crate) fn migration_report(&self) -> MigrationReport {
        MigrationReport::new(
            &self.shared.usage,
            self.config.migration.as_ref(),
            self.watch_legacy(),
            self.issuers.are_all_legacy(self.shared.tenants.is_some()),
            &*self.shared.clock,
        )
    }

    #[cfg(feature = "migration")]
    pub(crate) fn usage_snapshot(&self) -> UsageSnapshot {
        self.watch_legacy();
        self.shared.usage.snapshot(&*self.shared.clock)
    }

    /// Records which issuers are legacy under these settings. Returns them, each with the time since which it has been observed as legacy.
    #[cfg(feature = "migration")]
    pub(crate) fn watch_legacy(&self) -> Vec<LegacyIssuer> {
        let may_turn_legacy = |issuer: &str| self.issuers.may_turn_legacy(issuer);
        let may_be_found = self.shared.tenants.is_some();
        let now = self.shared.keys.now();
        let now = self.issuers.legacy_issuers(now, may_be_found);
        self.shared.usage.watch(now, may_turn_legacy)
    }

    /// Whether the issuer is legacy or may turn out to be.
    #[cfg(feature = "migration")]
    pub(super) fn may_be_legacy(&self, issuer: &str) -> bool {
        self.config.migration.is_some()
            && (self.issuers.is_legacy(issuer) || self.issuers.may_turn_legacy(issuer))
    }

    /// Records that a token of an issuer that may be legacy was not judged.
    #[cfg(feature = "migration")]
    pub(super) fn not_judged(&self, issuer: &str) {
        let (is_legacy, now) = (self.issuers.is_legacy(issuer), self.shared.clock.now());
        self.shared.usage.not_judged(issuer, is_legacy, now);
    }

    pub(super) fn context(&self, asked: Option<Sequence>) -> DecisionContext {
        DecisionContext {
            date: self.shared.clock.now(),
            now: self.shared.keys.now(),
            clock_skew: self.config.clock_skew,
            ended: self.shared.keys.ended(),
            asked,
        }
    }
}
