//! `Verdict` ─▶ decision: what to wait for, and the final checks on a verified token.
//!
//! The final checks on a verified token, in this order:
//!
//! 1. A legacy issuer at the stage `refuse`: 401, and counted as refused.
//! 2. The use is counted for the migration report. It counts even if step 3 refuses the request, because the client still uses this issuer.
//! 3. The required claims of the settings, then the route's requirement: 403.
//!
//! They run on every request, for cached tokens too, because the stage depends on the time and the requirement on the route.

#[cfg(feature = "migration")]
use std::sync::atomic::Ordering;
use std::{future::poll_fn, sync::Arc};

use b2c_verify::CredentialsError;

use super::{
    Accepted, Authenticator, Verdict, Wait, decision_context::DecisionContext, verdict::Undecided,
};
#[cfg(feature = "migration")]
use crate::{
    claims::UserKey,
    migration::{UserSalt, day_of},
};
use crate::{
    claims::Verified,
    migration::Stage,
    refusal::{AuthError, Refused},
    routes::Rule,
};

impl Authenticator {
    /// Starts to wait for the fetches that an undecided verdict needs. Returns the decision if there is nothing to wait for.
    pub(crate) fn wait_for(
        self: &Arc<Self>,
        undecided: Undecided,
    ) -> Result<Wait, Result<Accepted, AuthError>> {
        match Wait::begin(self, &undecided) {
            Ok(Some(wait)) => Ok(wait),
            Ok(None) => Err(self.decide(undecided, Ok(()))),
            Err(error) => Err(self.decide(undecided, Err(error))),
        }
    }

    /// The decision on a request that has waited and is judged again. `None` if it keeps waiting.
    pub(crate) fn decide_after(
        &self,
        wait: &mut Wait,
        verdict: Verdict,
    ) -> Option<Result<Accepted, AuthError>> {
        #[cfg(feature = "migration")]
        {
            wait.legacy_issuer = None;
        }
        match verdict {
            Verdict::Accepted(accepted) => Some(Ok(accepted)),
            Verdict::Refused(refused) => Some(Err(refused.into())),
            // A waiting request has credentials.
            Verdict::Anonymous => Some(Err(CredentialsError::Missing.into())),
            Verdict::Undecided(undecided) => match wait.go_on(&undecided) {
                Ok(true) => None,
                Ok(false) => Some(self.decide(undecided, Ok(()))),
                Err(error) => Some(self.decide(undecided, Err(error))),
            },
        }
    }

    /// Judges and waits in turn until there is a decision. `None` for an anonymous request.
    pub(crate) async fn settle(
        self: &Arc<Self>,
        judge: impl Fn(&Self, Option<&Wait>) -> Verdict,
    ) -> Result<Option<Accepted>, AuthError> {
        let undecided = match judge(self, None) {
            Verdict::Accepted(accepted) => return Ok(Some(accepted)),
            Verdict::Refused(refused) => return Err(refused.into()),
            Verdict::Anonymous => return Ok(None),
            Verdict::Undecided(undecided) => undecided,
        };
        let mut wait = match self.wait_for(undecided) {
            Ok(wait) => wait,
            Err(decision) => return decision.map(Some),
        };
        loop {
            poll_fn(|cx| wait.poll(cx)).await;
            let verdict = judge(self, Some(&wait));
            if let Some(decision) = self.decide_after(&mut wait, verdict) {
                return decision.map(Some);
            }
        }
    }

    /// The decision if nothing more can be learnt, or if there was no room to wait.
    fn decide(
        &self,
        undecided: Undecided,
        room: Result<(), AuthError>,
    ) -> Result<Accepted, AuthError> {
        let verified = room.and_then(|()| undecided.otherwise.decide());
        #[cfg(feature = "migration")]
        if let (Err(AuthError::Unjudged(_)), Some(issuer)) = (&verified, undecided.legacy_issuer) {
            self.not_judged(&issuer);
        }
        let verified = verified?;
        let at = self.context(None);
        let admitted = self.admit(verified, at, undecided.rule.as_deref());
        admitted.map_err(AuthError::Refused)
    }

    /// Runs the final checks on a verified token, and counts its use.
    pub(super) fn admit(
        &self,
        verified: Arc<Verified>,
        at: DecisionContext,
        rule: Option<&Rule>,
    ) -> Result<Accepted, Refused> {
        let legacy = verified.issuer.is_legacy();
        let migration = self.config.migration.as_ref().filter(|_| legacy);
        let stage = migration.map(|migration| (migration, migration.stage_at(at.date)));
        let announcement = match stage {
            Some((_, Stage::Refuse)) => {
                #[cfg(feature = "migration")]
                self.count(&verified, at, false);
                return Err(Refused::LegacyIssuer);
            }
            Some((migration, Stage::Announce)) => Some(Arc::clone(&migration.announcement)),
            Some((_, Stage::Accept)) | None => None,
        };
        #[cfg(feature = "migration")]
        self.count(&verified, at, true);
        let of_rule = rule.and_then(|rule| rule.requirement.as_ref());
        let mut requirements = self.config.requirement.iter().chain(of_rule);
        match requirements.find(|it| !it.is_met_by(&verified.token)) {
            Some(unmet) => Err(Refused::unmet_by(unmet, &verified.token)),
            None => Ok(Accepted {
                verified,
                announcement,
            }),
        }
    }

    #[cfg(feature = "migration")]
    fn count(&self, verified: &Verified, at: DecisionContext, accepted: bool) {
        let legacy = verified.issuer.is_legacy();
        verified.usage.count(at.date, legacy, accepted);
        if legacy
            && let Some(migration) = &self.config.migration
            && let Some(salt) = &migration.user_salt
        {
            self.count_user(verified, salt, day_of(at.date));
        }
    }

    /// Counts the user of a legacy issuer, once a day for each token.
    #[cfg(feature = "migration")]
    fn count_user(&self, verified: &Verified, salt: &UserSalt, today: u32) {
        if verified.counted_on.load(Ordering::Relaxed) == today {
            return;
        }
        verified.counted_on.store(today, Ordering::Relaxed);
        if let Some(user) = UserKey::of(&verified.token) {
            let user = (user.issuer, user.id);
            let usage = &self.shared.usage;
            usage.count_user(&verified.usage, salt, today, user);
        }
    }
}
