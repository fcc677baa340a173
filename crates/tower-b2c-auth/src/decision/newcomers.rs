//! Tokens from issuers that no authority has, but a source of tenants may know.
//!
//! The source answers with settings, not with authorities, because the same answer must hold under all later settings. Each set of settings checks the answer
//! and makes its own authorities of it, when a token arrives that needs them. The key sources are shared, so a swap fetches nothing again.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use b2c_verify::{TokenError, UnverifiedToken};

use super::{
    authenticator::Authenticator,
    authority_verdict::AuthorityVerdict,
    decision_context::DecisionContext,
    verdict::{Otherwise, Undecided},
};
use crate::{
    authority::Authority,
    keys::{Adoption, KeyTimes},
    settings::{Settings, SettingsError},
    tenants::{Answer, Found, Tenants},
};

/// Turns the tenants that a source finds into authorities under one set of settings.
#[derive(Debug)]
pub(crate) struct Newcomers {
    pub(crate) tenants: Arc<Tenants>,
    /// These settings, without their authorities.
    pub(crate) settings: Settings,
    /// Their [number](Tenants::next_settings).
    pub(crate) number: u64,
    pub(crate) times: Arc<KeyTimes>,
}

impl Authenticator {
    /// Adds the authorities that the source found for this issuer, unless an authority has the issuer already or accepts any tenant.
    pub(super) fn take_found(&self, issuer: &str) {
        let Some(newcomers) = self.newcomers() else {
            return;
        };
        let issuers = self.issuers();
        if issuers.has(issuer, self.shared().keys.now()) || issuers.any_tenant_covers(issuer) {
            return;
        }
        if let Answer::Found(found) = newcomers.tenants.answer(issuer)
            && let Err(error) = self.take(newcomers, issuer, &found)
        {
            tracing::warn!(%error, "the answer of the source of tenants cannot be used");
            let issuer = issuer.into();
            newcomers.tenants.note_unusable(&issuer, newcomers.number);
        }
    }

    fn take(
        &self,
        newcomers: &Newcomers,
        issuer: &str,
        found: &Found,
    ) -> Result<(), SettingsError> {
        for evicted in newcomers.tenants.take_evicted(newcomers.number) {
            self.issuers().drop_found(&evicted);
        }
        let mut sources = found.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let context = &self.shared().keys;
        self.issuers().take_found(issuer, found.until, |first| {
            let mut settings = found.authorities.clone();
            let configs = newcomers
                .settings
                .check_added(&mut settings, self.issuers())?;
            let before = sources.clone();
            let adoption = match newcomers.tenants.are_in_force(newcomers.number) {
                true => Adoption::TakeOver,
                false => Adoption::AsItIs,
            };
            let authorities = configs.into_iter().zip(first..).map(|(config, position)| {
                let mut before = before.iter();
                let before = before.find(|it| it.metadata_url() == config.metadata_url());
                let before = before.map(|it| (it, adoption));
                let authority = Authority::new(config, position, &newcomers.times, context, before);
                Arc::new(Authority {
                    until: found.until,
                    // It has only the issuer that the source was asked about.
                    assigned_issuers: [issuer.into()].into(),
                    takes_unassigned_issuers: false,
                    ..authority
                })
            });
            let authorities: Vec<_> = authorities.collect();
            let now = authorities.iter().map(|one| Arc::clone(&one.keys));
            match adoption {
                Adoption::TakeOver => *sources = now.collect(),
                // Later settings have already adopted the sources.
                Adoption::AsItIs if sources.is_empty() => *sources = now.collect(),
                Adoption::AsItIs => {}
            }
            Ok(authorities)
        })
    }

    fn has_taken(&self, issuer: &str) -> bool {
        self.take_found(issuer);
        self.issuers().has(issuer, self.shared().keys.now())
    }

    /// The verdict on a token whose issuer no authority has.
    pub(super) fn verdict_of_unknown_issuer(
        &self,
        token: &UnverifiedToken<'_>,
        issuer: &str,
        at: DecisionContext,
    ) -> AuthorityVerdict {
        let newcomers = self.newcomers();
        // Its tenant belongs to an authority of the settings, or to those that accept any.
        let newcomers = newcomers.filter(|_| !self.issuers().any_tenant_covers(issuer));
        let answer = newcomers.map(|it| it.tenants.answer(issuer));
        let retry_after = match answer {
            Some(Answer::Unknown(retry_after)) => retry_after,
            // The answer arrived after this request looked. If these settings can use it, the token must be judged again at once.
            Some(Answer::Found(_)) if self.has_taken(issuer) => Duration::ZERO,
            _ => return AuthorityVerdict::Refused(TokenError::UnknownIssuer),
        };
        // A token that would be refused anyway asks no question.
        if let Err(error) = self.config().newcomers.admit(token, at.date) {
            return AuthorityVerdict::Refused(error);
        }
        AuthorityVerdict::Undecided(Undecided {
            wanted: Vec::new(),
            unknown_issuer: Some(issuer.into()),
            ended: at.ended,
            otherwise: Otherwise::Unavailable(retry_after),
            rule: None,
        })
    }
}
