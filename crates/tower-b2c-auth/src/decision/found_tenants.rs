//! Tokens from issuers that no authority has, but a source of tenants may know.
//!
//! The source answers with settings, not with authorities, because the same answer must hold under all later settings. Each set of settings checks the answer
//! and makes its own authorities of it, when a token arrives that needs them. The key sources are shared, so a swap fetches nothing again.

use std::{sync::Arc, time::Duration};

use b2c_verify::{TokenError, UnverifiedToken};

use super::{
    authenticator::Authenticator,
    authority_verdict::AuthorityVerdict,
    decision_context::DecisionContext,
    verdict::{Otherwise, Undecided},
};
use crate::{
    authority::{Authority, Position},
    config::{Known as _, is_numbered},
    keys::{Adoption, KeyConfig},
    settings::{Settings, SettingsError},
    tenants::{Answer, FoundTenant, SettingsNumber, Tenants},
};

/// Turns the tenants that a source finds into authorities under one set of settings.
pub(crate) struct FoundTenants {
    pub(crate) tenants: Arc<Tenants>,
    /// The part of the settings that an answer is checked with.
    pub(crate) settings: Settings,
    /// Their [number](Tenants::next_settings).
    pub(crate) number: SettingsNumber,
    pub(crate) key_config: Arc<KeyConfig>,
}

impl Authenticator {
    /// Adds the authorities that the source found for this issuer, unless an authority has the issuer already, or accepts any tenant and covers it.
    pub(super) fn add_found_tenant(&self, issuer: &str) {
        let Some(found_tenants) = self.found_tenants.as_ref() else {
            return;
        };
        let issuers = &self.issuers;
        if issuers.has(issuer, self.shared.keys.now()) || issuers.any_tenant_covers(issuer) {
            return;
        }
        for gone in found_tenants.tenants.take_evicted(found_tenants.number) {
            issuers.remove_found(&gone);
        }
        if let Answer::Found(found) = found_tenants.tenants.answer(issuer)
            && let Err(error) = self.make_authorities(found_tenants, issuer, &found)
        {
            tracing::warn!(%issuer, %error, "the answer of the source of tenants cannot be used");
            let issuer = issuer.into();
            found_tenants
                .tenants
                .note_unusable(&issuer, found_tenants.number);
        }
    }

    fn make_authorities(
        &self,
        found_tenants: &FoundTenants,
        issuer: &str,
        found: &Arc<FoundTenant>,
    ) -> Result<(), SettingsError> {
        let context = &self.shared.keys;
        let tenants = &*found_tenants.tenants;
        let held_off = self.issuers.hold_off_found();
        // The operator may have removed the tenant since.
        if !tenants.is_answer(issuer, found) {
            return Ok(());
        }
        let make = |first: Position| {
            let mut sources = found.keys.lock();
            let mut settings = found.authorities.clone();
            let is_taken = |name: &str| tenants.is_name_of_another(name, issuer);
            let known = &*self.issuers;
            // A name that the operator may already know is kept.
            for (one, name) in settings.iter_mut().zip(tenants.names_of(issuer)) {
                let is_free = !known.has_name(&name) && !is_taken(&name);
                if is_free && is_numbered(&name, &one.base_name()) {
                    one.name = Some(name.into());
                }
            }
            let configs = found_tenants
                .settings
                .check_found(&mut settings, known, is_taken)?;
            let before = sources.clone();
            let adoption = match found_tenants.tenants.are_in_force(found_tenants.number) {
                true => Adoption::Update,
                false => Adoption::Keep,
            };
            let authorities = configs
                .into_iter()
                .zip(first.onwards())
                .map(|(config, position)| {
                    let mut before = before.iter();
                    let before = before.find(|it| it.metadata_url() == config.metadata_url());
                    let before = before.map(|it| (it, adoption));
                    let authority = Authority::new(
                        config,
                        position,
                        &found_tenants.key_config,
                        context,
                        before,
                    );
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
                Adoption::Update => *sources = now.collect(),
                // Only new sources are added: later settings may already have adopted those that are there.
                Adoption::Keep => {
                    let new = now.filter(|new| !before.iter().any(|it| Arc::ptr_eq(it, new)));
                    sources.extend(new);
                }
            }
            // A key may have been forgotten for an authority of this name before.
            let named = authorities.iter().map(|one| one.named());
            self.shared.keys.forgotten.bind(named);
            let names = authorities.iter().map(|one| one.name.clone());
            tenants.note_names(issuer, found, names.collect(), found_tenants.number);
            Ok(authorities)
        };
        self.issuers
            .replace_found(&held_off, issuer, found.until, make)
    }

    fn has_added(&self, issuer: &str) -> bool {
        self.add_found_tenant(issuer);
        self.issuers.has(issuer, self.shared.keys.now())
    }

    /// The verdict on a token whose issuer no authority has.
    pub(super) fn verdict_of_unknown_issuer(
        &self,
        token: &UnverifiedToken<'_>,
        issuer: &str,
        at: DecisionContext,
    ) -> AuthorityVerdict {
        let found_tenants = self.found_tenants.as_ref();
        // The tenant of a covered issuer belongs to an authority of the settings, or to those that accept any.
        let found_tenants = found_tenants.filter(|_| !self.issuers.any_tenant_covers(issuer));
        let answer = found_tenants.map(|it| it.tenants.answer(issuer));
        let retry_after = match answer {
            Some(Answer::Unknown(retry_after)) => retry_after,
            // The answer arrived after this request looked. If these settings can use it, the token must be judged again at once.
            Some(Answer::Found(_)) if self.has_added(issuer) => Duration::ZERO,
            _ => return AuthorityVerdict::Refused(TokenError::UnknownIssuer),
        };
        // The source is not called for a token that would be refused anyway.
        if let Err(error) = self.config.unknown_issuer_rules.admit(token, at.date) {
            return AuthorityVerdict::Refused(error);
        }
        AuthorityVerdict::Undecided(Undecided {
            unknown_issuer: Some(issuer.into()),
            ..Undecided::new(None, Otherwise::Unavailable(retry_after), at)
        })
    }
}
