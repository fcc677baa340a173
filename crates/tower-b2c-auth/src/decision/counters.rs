//! Counts requests by outcome.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::{
    counter::{Counter, SHARDS, shard},
    refusal::AuthError,
};

/// Counts decisions across all settings of a layer, in shards, so that threads rarely wait for each other.
#[derive(Debug, Default)]
pub(crate) struct DecisionCounters {
    accepted: Counter,
    anonymous: Counter,
    refused: [Mutex<BTreeMap<&'static str, u64>>; SHARDS],
}

/// How many requests were accepted and how many refused, since the layer was built. In [report-only](crate::ReportOnly) mode, a request that would have been
/// refused counts as refused.
///
/// Refusals by handlers and extractors, such as [`Claims`](crate::Claims) or [`VerifiedClaims::require`](crate::VerifiedClaims::require), are not counted:
/// their requests are among those accepted or anonymous; in report-only mode, they can also be among those refused. A request that passes both the layer and a
/// clone of the layer is counted twice.
///
/// [`B2cAuthLayer::decisions`](crate::B2cAuthLayer::decisions) returns it. The counts are of this process alone, and never go down.
///
/// ```
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use tower_b2c_auth::test_util::TestTenant;
///
/// let tenant = TestTenant::new();
/// let auth = tenant.layer();
/// auth.authenticate(&tenant.token().sign()).await.unwrap();
/// auth.authenticate(&tenant.token().claim("aud", "another API").sign()).await.unwrap_err();
///
/// let decisions = auth.decisions();
/// assert_eq!(decisions.accepted, 1);
/// assert_eq!(decisions.refused["wrong_audience"], 1);
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decisions {
    /// Requests that the layer accepted. A [`RequireLayer`](crate::RequireLayer) or a [`LookUpLayer`](crate::LookUpLayer) may then have refused some of
    /// them, or would have in report-only mode; these are counted in `refused` too.
    pub accepted: u64,
    /// Requests that were passed on without credentials: because of [`allow_anonymous`](crate::Settings::allow_anonymous), on a
    /// [public](crate::RouteSettings::public) route, or as a [preflight](crate::Settings::allow_preflights).
    pub anonymous: u64,
    /// For each [`AuthError::reason`], how many requests were refused for it, or answered with 503 or 500 because they could not be judged. The reasons are
    /// a fixed set of words, fit for metric labels.
    pub refused: BTreeMap<&'static str, u64>,
}

impl DecisionCounters {
    pub(crate) fn accepted(&self) {
        self.accepted.increment();
    }

    pub(crate) fn anonymous(&self) {
        self.anonymous.increment();
    }

    pub(crate) fn refused(&self, error: &AuthError) {
        if let Some(refused) = self.refused.get(shard()) {
            let mut refused = refused.lock();
            *refused.entry(error.reason()).or_default() += 1;
        }
    }

    pub(crate) fn read(&self) -> Decisions {
        let mut refused = BTreeMap::new();
        for shard in &self.refused {
            for (reason, count) in &*shard.lock() {
                *refused.entry(*reason).or_default() += count;
            }
        }
        Decisions {
            accepted: self.accepted.get(),
            anonymous: self.anonymous.get(),
            refused,
        }
    }
}
