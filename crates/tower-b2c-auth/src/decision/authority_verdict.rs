//! What one authority says about a token.
//!
//! 1. The rules that need no key (`b2c_verify::TokenRules`). A token that breaks one is refused, and causes no fetch.
//! 2. The signature, with each key that may have signed the token. A forgotten key counts as unknown.
//! 3. Without such a key, what is known about its absence: *refused* if it certainly does not exist, otherwise *undecided*.
//! 4. With a key that verifies the signature: *accepted*; but *undecided* if the keys are due for a fetch that nothing else performs (with an authority on
//!    demand, even if something else performs it).
//!
//! An authority whose issuer is not known yet, or may have changed, is never more than *undecided*: its keys say nothing about this issuer.

use std::sync::Arc;

use b2c_verify::{NumericDate, TokenError, UnverifiedToken, VerifiedToken};

use super::{
    decision_context::DecisionContext,
    verdict::{Otherwise, Undecided},
};
use crate::{
    authority::Authority,
    claims::Verified,
    issuer::Issuer,
    keys::{Absence, LiveKey, Missing},
};

/// What one authority says about a token.
pub(super) enum AuthorityVerdict {
    Accepted(Arc<Verified>),
    Refused(TokenError),
    Undecided(Undecided),
}

impl AuthorityVerdict {
    /// Combines this verdict with that of the candidates before it: an acceptance decides, otherwise a candidate that is undecided, otherwise the refusal
    /// of the one whose checks got furthest.
    pub(super) fn after(self, before: Option<Self>) -> Self {
        match (before, self) {
            (None, verdict)
            | (Some(verdict @ Self::Accepted(_)), _)
            | (Some(_), verdict @ Self::Accepted(_))
            | (Some(verdict @ Self::Undecided(_)), Self::Refused(_))
            | (Some(Self::Refused(_)), verdict @ Self::Undecided(_)) => verdict,
            (Some(Self::Undecided(before)), Self::Undecided(one)) => {
                Self::Undecided(before.and(one))
            }
            (Some(Self::Refused(before)), Self::Refused(one)) => Self::Refused(before.max(one)),
        }
    }

    /// Accepts a verified token. *Undecided* if the keys must be fetched again first.
    pub(super) fn of_verified(verified: Arc<Verified>, at: DecisionContext) -> Self {
        let issuer = &verified.issuer;
        if !issuer.keys.must_fetch_first(at.now) {
            return Self::Accepted(verified);
        }
        let authority = Arc::clone(&issuer.authority);
        #[cfg(feature = "migration")]
        let legacy_issuer = issuer.is_legacy().then(|| verified.token.issuer().into());
        let otherwise = Otherwise::Accept(verified);
        Self::Undecided(Undecided {
            #[cfg(feature = "migration")]
            legacy_issuer,
            ..Undecided::new(Some(&authority), otherwise, at)
        })
    }

    /// The verdict if a fetch could still show that another authority has the issuer.
    pub(super) fn doubted(self, doubt: Undecided) -> Self {
        match self {
            Self::Undecided(undecided) => Self::Undecided(undecided.and(doubt)),
            Self::Refused(error) => Self::Undecided(doubt.after_refusal(error)),
            Self::Accepted(verified) => Self::Accepted(verified),
        }
    }
}

impl Issuer {
    /// The verdict of the authority that has this issuer. `text` is the issuer.
    ///
    /// `is_forgotten` returns whether a key id is forgotten; `remember` caches a verified token.
    pub(super) fn verdict(
        &self,
        token: &UnverifiedToken<'_>,
        text: &str,
        at: DecisionContext,
        is_forgotten: impl Fn(&str) -> bool,
        remember: impl FnOnce(VerifiedToken, Arc<LiveKey>) -> Arc<Verified>,
    ) -> AuthorityVerdict {
        let token = match self.rules.validate(token, text, at.date) {
            Ok(token) => token,
            Err(error) => return AuthorityVerdict::Refused(error),
        };
        let mut refusal = None;
        for key in self.keys.keys(token.kid(), at.now) {
            if key.kid().is_some_and(&is_forgotten) {
                refusal = Some(TokenError::UnknownKey);
                continue;
            }
            match token.verify(&key) {
                Ok(verified) => return AuthorityVerdict::of_verified(remember(verified, key), at),
                Err(error) => refusal = Some(error),
            }
        }
        match (refusal, token.kid()) {
            (Some(error), _) => AuthorityVerdict::Refused(error),
            (None, None) => AuthorityVerdict::Refused(TokenError::MissingKeyId),
            (None, Some(kid)) if is_forgotten(kid) => {
                AuthorityVerdict::Refused(TokenError::UnknownKey)
            }
            (None, Some(kid)) => {
                let issued_at = token.claimed_issue_time();
                let error = TokenError::UnknownKey;
                match self
                    .authority
                    .doubt(Missing::Key(kid), error, issued_at, at)
                {
                    Some(undecided) => AuthorityVerdict::Undecided(undecided),
                    None => AuthorityVerdict::Refused(error),
                }
            }
        }
    }
}

impl Authority {
    /// The verdict of an authority with another issuer of the same tenant, whose metadata could name this one now. `None` if it would refuse the token
    /// whatever its metadata names, or certainly does not have this issuer.
    pub(super) fn doubt_after_change(
        self: &Arc<Self>,
        token: &UnverifiedToken<'_>,
        issuer: &str,
        at: DecisionContext,
        is_forgotten: impl Fn(&str) -> bool,
    ) -> Option<Undecided> {
        let could_be_accepted = token.kid().is_some_and(|kid| !is_forgotten(kid))
            && self.rules.admit(token, at.date).is_ok();
        if !could_be_accepted || !self.may_have_changed_to(issuer) {
            return None;
        }
        let issued_at = token.claimed_issue_time();
        let missing = Missing::Issuer(issuer);
        self.doubt(missing, TokenError::UnknownIssuer, issued_at, at)
    }

    /// What a fetch could settle about a missing key or issuer; `error` is the reason to refuse. `None` if the authority certainly does not have it.
    fn doubt(
        self: &Arc<Self>,
        missing: Missing<'_>,
        error: TokenError,
        issued_at: Option<NumericDate>,
        at: DecisionContext,
    ) -> Option<Undecided> {
        match self
            .keys
            .absence(missing, issued_at, at.clock_skew, at.asked)
        {
            Absence::Certain => None,
            Absence::Undecided(doubt) => {
                let otherwise = if doubt.refuse {
                    Otherwise::Refuse(error)
                } else {
                    Otherwise::Unavailable(doubt.retry_after)
                };
                Some(Undecided::new(doubt.fetch.then_some(self), otherwise, at))
            }
        }
    }

    /// The verdict of an authority whose issuer is not known yet, but could be the token's.
    pub(super) fn undiscovered_verdict(
        self: &Arc<Self>,
        token: &UnverifiedToken<'_>,
        at: DecisionContext,
    ) -> AuthorityVerdict {
        if let Err(error) = self.rules.admit(token, at.date) {
            return AuthorityVerdict::Refused(error);
        }
        let doubt = self.keys.undiscovered();
        let otherwise = Otherwise::Unavailable(doubt.retry_after);
        AuthorityVerdict::Undecided(Undecided::new(doubt.fetch.then_some(self), otherwise, at))
    }
}
