//! The result of judging a request.
//!
//! | verdict | what happens |
//! |---|---|
//! | accepted | the request passes with its claims |
//! | refused | a 4xx with a challenge (RFC 6750 §3) |
//! | anonymous | the request passes without claims |
//! | undecided | the request waits for a fetch, and is judged again |
//!
//! A verdict is a value: nothing has been fetched, awaited or answered yet. An undecided one already says what to do if no fetch is possible, so a request
//! that may not wait needs no second look at its token.

use std::{sync::Arc, time::Duration};

use b2c_verify::TokenError;

use super::decision_context::DecisionContext;
use crate::{
    authority::Authority,
    claims::Verified,
    keys::EndedFetches,
    migration::Announcement,
    refusal::{AuthError, Refused, Unjudged},
    routes::Rule,
};

/// The outcome of judging a request.
pub(crate) enum Verdict {
    Accepted(Accepted),
    Refused(Refused),
    /// It has no credentials, and the settings let such requests pass.
    Anonymous,
    /// It cannot be judged yet; a fetch could settle it.
    Undecided(Undecided),
}

/// A request that may pass.
pub(crate) struct Accepted {
    pub(crate) verified: Arc<Verified>,
    /// The announcement to add to the response.
    pub(crate) announcement: Option<Arc<Announcement>>,
}

/// A request that cannot be judged without a fetch.
pub(crate) struct Undecided {
    /// The authorities to fetch from.
    pub(crate) to_fetch_from: Vec<Arc<Authority>>,
    /// The issuer to call the source of tenants with.
    pub(crate) unknown_issuer: Option<Box<str>>,
    /// The token's issuer, if it is known as legacy or may turn out to be.
    #[cfg(feature = "migration")]
    pub(crate) legacy_issuer: Option<Box<str>>,
    /// How many fetches had ended when the token was judged.
    pub(crate) ended: EndedFetches,
    /// What to do if nothing more can be learnt.
    pub(crate) otherwise: Otherwise,
    /// The route's rule, if a route covers the request.
    pub(crate) rule: Option<Arc<Rule>>,
}

/// What to do if nothing more can be learnt.
pub(crate) enum Otherwise {
    /// Accept: the keys are known and have not expired; they are only due for another fetch.
    Accept(Arc<Verified>),
    /// Refuse: the token is older than a fetch that did not find its key or its issuer.
    Refuse(TokenError),
    /// Answer 503: the next attempt to fetch is due after this time.
    Unavailable(Duration),
}

impl Undecided {
    pub(super) fn new(
        to_fetch_from: Option<&Arc<Authority>>,
        otherwise: Otherwise,
        at: DecisionContext,
    ) -> Self {
        Self {
            to_fetch_from: to_fetch_from.into_iter().cloned().collect(),
            unknown_issuer: None,
            #[cfg(feature = "migration")]
            legacy_issuer: None,
            ended: at.ended,
            otherwise,
            rule: None,
        }
    }

    /// Takes into account that another candidate refused the token: the reason is that of the candidate whose checks got further.
    pub(super) fn after_refusal(mut self, error: TokenError) -> Self {
        if let Otherwise::Refuse(reason) = &mut self.otherwise {
            *reason = error.max(*reason);
        }
        self
    }

    /// Combines the verdicts of two undecided authorities. Accepting takes precedence over 503, and 503 over refusing.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.to_fetch_from.extend(other.to_fetch_from);
        self.unknown_issuer = self.unknown_issuer.or(other.unknown_issuer);
        self.otherwise = match (self.otherwise, other.otherwise) {
            (Otherwise::Accept(verified), _) | (_, Otherwise::Accept(verified)) => {
                Otherwise::Accept(verified)
            }
            (Otherwise::Unavailable(one), Otherwise::Unavailable(other)) => {
                Otherwise::Unavailable(one.min(other))
            }
            (Otherwise::Unavailable(wait), _) | (_, Otherwise::Unavailable(wait)) => {
                Otherwise::Unavailable(wait)
            }
            (Otherwise::Refuse(one), Otherwise::Refuse(other)) => Otherwise::Refuse(one.max(other)),
        };
        self
    }
}

impl Otherwise {
    /// Decides without a fetch.
    pub(super) fn decide(self) -> Result<Arc<Verified>, AuthError> {
        match self {
            Self::Accept(verified) => Ok(verified),
            Self::Refuse(error) => Err(Refused::Token(error).into()),
            Self::Unavailable(retry_after) => Err(Unjudged::KeysUnavailable { retry_after }.into()),
        }
    }
}
