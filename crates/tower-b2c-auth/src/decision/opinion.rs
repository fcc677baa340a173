//! What one authority says about a token.

use std::{sync::Arc, time::Duration};

use b2c_verify::{NumericDate, TokenError, UnverifiedToken, VerifiedToken};

use super::verdict::{Otherwise, Undecided};
use crate::{
    authority::Authority,
    claims::Verified,
    keys::{Absence, LiveKey},
};

/// What one authority says about a token.
#[derive(Debug)]
pub(super) enum Opinion {
    Accepted(Arc<Verified>),
    Refused(TokenError),
    Undecided(Undecided),
}

/// The time of a judgement, and the place of the request in the order of fetches once it has asked for one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) date: NumericDate,
    pub(super) now: Duration,
    pub(super) clock_skew: Duration,
    /// How many fetches had ended.
    pub(super) ended: u64,
    pub(super) asked: Option<u64>,
}

impl Authority {
    /// The opinion of an authority that has this issuer.
    ///
    /// `is_forgotten` says which keys must not be used; `remember` keeps a verified token.
    pub(super) fn opinion(
        self: &Arc<Self>,
        token: &UnverifiedToken<'_>,
        issuer: &str,
        at: Moment,
        is_forgotten: impl Fn(&str) -> bool,
        remember: impl FnOnce(VerifiedToken, Arc<LiveKey>) -> Arc<Verified>,
    ) -> Opinion {
        let token = match self.rules.validate(token, issuer, at.date) {
            Ok(token) => token,
            Err(error) => return Opinion::Refused(error),
        };
        let mut refusal = None;
        for key in self.keys.keys(token.kid(), at.now) {
            if key.kid().is_some_and(&is_forgotten) {
                refusal = Some(TokenError::UnknownKey);
                continue;
            }
            match token.verify(&key) {
                Ok(verified) => return self.accept(remember(verified, key), at),
                Err(error) => refusal = Some(error),
            }
        }
        match (refusal, token.kid()) {
            (Some(error), _) => Opinion::Refused(error),
            (None, None) => Opinion::Refused(TokenError::MissingKeyId),
            (None, Some(kid)) if is_forgotten(kid) => Opinion::Refused(TokenError::UnknownKey),
            (None, Some(kid)) => {
                let issued_at = token.issued_at();
                match self.keys.absence(kid, issued_at, at.clock_skew, at.asked) {
                    Absence::Certain => Opinion::Refused(TokenError::UnknownKey),
                    Absence::Undecided(doubt) => {
                        let otherwise = if doubt.refuse {
                            Otherwise::Refuse(TokenError::UnknownKey)
                        } else {
                            Otherwise::Unavailable(doubt.retry_after)
                        };
                        Opinion::Undecided(Undecided::new(self, doubt.ask, otherwise, at))
                    }
                }
            }
        }
    }

    /// The opinion of an authority whose issuer is not known yet and could be the token's.
    pub(super) fn opinion_of_undiscovered(
        self: &Arc<Self>,
        token: &UnverifiedToken<'_>,
        at: Moment,
    ) -> Opinion {
        if let Err(error) = self.rules.admit(token, at.date) {
            return Opinion::Refused(error);
        }
        let doubt = self.keys.undiscovered();
        let otherwise = Otherwise::Unavailable(doubt.retry_after);
        Opinion::Undecided(Undecided::new(self, doubt.ask, otherwise, at))
    }

    /// A token that this authority's key has verified, unless its keys must be fetched again first.
    pub(super) fn accept(self: &Arc<Self>, verified: Arc<Verified>, at: Moment) -> Opinion {
        if self.keys.must_fetch_first(at.now) {
            let otherwise = Otherwise::Accept(verified);
            Opinion::Undecided(Undecided::new(self, true, otherwise, at))
        } else {
            Opinion::Accepted(verified)
        }
    }
}
