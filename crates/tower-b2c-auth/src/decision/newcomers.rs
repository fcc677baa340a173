//! Tokens from issuers that no authority has: a source of tenants may know them.

use std::sync::{Arc, PoisonError};

use b2c_verify::{TokenError, UnverifiedToken};

use super::{
    authenticator::Authenticator,
    opinion::{Moment, Opinion},
    verdict::{Otherwise, Undecided},
};
use crate::{
    authority::Authority,
    keys::KeyTimes,
    settings::{Settings, SettingsError},
    tenants::{Answer, Found, Tenants},
};

/// What happens to tenants that a source has found under the settings in force.
#[derive(Debug)]
pub(crate) struct Newcomers {
    pub(crate) tenants: Arc<Tenants>,
    /// The settings in force, without their authorities.
    pub(crate) settings: Settings,
    pub(crate) times: Arc<KeyTimes>,
}

impl Authenticator {
    /// Puts what a source has found for this issuer among the authorities, unless an authority has it.
    pub(super) fn take_found(&self, issuer: &str) {
        let Some(newcomers) = self.newcomers() else {
            return;
        };
        if self.issuers().has(issuer, self.lasting().keys.now()) {
            return;
        }
        if let Answer::Found(found) = newcomers.tenants.answer(issuer)
            && let Err(error) = self.take(newcomers, issuer, &found)
        {
            tracing::warn!(%error, "what the source of tenants answered cannot be used");
            newcomers.tenants.note_absent(&issuer.into());
        }
    }

    fn take(
        &self,
        newcomers: &Newcomers,
        issuer: &str,
        found: &Found,
    ) -> Result<(), SettingsError> {
        for evicted in newcomers.tenants.take_evicted() {
            self.issuers().drop_found(&evicted);
        }
        let mut sources = found.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let context = &self.lasting().keys;
        self.issuers().take_found(issuer, found.until, |first| {
            let mut settings = found.authorities.clone();
            let configs = newcomers
                .settings
                .check_added(&mut settings, self.issuers())?;
            let known = std::mem::take(&mut *sources);
            let authorities = configs.into_iter().zip(first..).map(|(config, position)| {
                let mut known = known.iter();
                let known = known.find(|known| known.fetched_from() == config.metadata.as_ref());
                let authority = Authority::new(config, position, &newcomers.times, context, known);
                Arc::new(Authority {
                    until: found.until,
                    // It has the issuer that was asked about, and none that the operator listed.
                    takes_unassigned_issuers: false,
                    ..authority
                })
            });
            let authorities: Vec<_> = authorities.collect();
            sources.extend(authorities.iter().map(|one| Arc::clone(&one.keys)));
            Ok(authorities)
        })
    }

    /// The opinion on a token whose issuer no authority has.
    pub(super) fn opinion_of_nobody(
        &self,
        token: &UnverifiedToken<'_>,
        issuer: &str,
        at: Moment,
    ) -> Opinion {
        let answer = self.newcomers().map(|it| it.tenants.answer(issuer));
        let Some(Answer::Unknown(retry_after)) = answer else {
            return Opinion::Refused(TokenError::UnknownIssuer);
        };
        // Who asks for nothing that could be accepted causes no question.
        if let Err(error) = self.config().newcomers.admit(token, at.date) {
            return Opinion::Refused(error);
        }
        Opinion::Undecided(Undecided {
            wanted: Vec::new(),
            unknown_issuer: Some(issuer.into()),
            ended: at.ended,
            otherwise: Otherwise::Unavailable(retry_after),
            rule: None,
        })
    }
}
