//! The authorities of the settings, checked.

use std::sync::Arc;

use b2c_verify::{AlgorithmSet, Audiences, Authority, VerificationKey};
use url::Url;

use super::{check::no_blank, inline_keys::inline_keys};
use crate::{
    settings::{AuthoritySettings, Mistakes, Settings},
    urls::issuer_url,
};

/// Where an authority's keys come from.
#[derive(Debug)]
pub(crate) struct AuthorityConfig {
    /// None: the keys are all inline and nothing is ever fetched.
    pub(crate) metadata_url: Option<Url>,
    pub(crate) legacy: bool,
    pub(crate) keys_host: Option<String>,
    pub(crate) issuers: Vec<String>,
    pub(crate) algorithms: AlgorithmSet,
    pub(crate) inline_keys: Vec<Arc<VerificationKey>>,
}

impl AuthorityConfig {
    /// Whether both get their keys from the same place and may use them for the same.
    pub(crate) fn is_same_source(&self, other: &Self) -> bool {
        self.metadata_url.is_some()
            && self.metadata_url == other.metadata_url
            && self.keys_host == other.keys_host
            && self.algorithms == other.algorithms
    }
}

impl Settings {
    /// The authorities, and the rules for their tokens in the same order.
    pub(super) fn check_authorities(
        &self,
        algorithms: AlgorithmSet,
        mistakes: &mut Mistakes,
    ) -> (Vec<AuthorityConfig>, Vec<Authority>) {
        let mut authorities = Vec::with_capacity(self.authorities.len());
        let mut rules = Vec::with_capacity(self.authorities.len());
        for (at, settings) in self.authorities.iter().enumerate() {
            let field = format!("authorities[{at}]");
            let metadata_url = settings.metadata_url(&field, mistakes);
            for issuer in &settings.issuers {
                if settings.is_inline() {
                    no_blank(
                        &format!("{field}.issuers"),
                        std::slice::from_ref(issuer),
                        mistakes,
                    );
                } else {
                    mistakes.note(&format!("{field}.issuers"), issuer, issuer_url(issuer));
                }
            }
            no_blank(&format!("{field}.audiences"), &settings.audiences, mistakes);
            let (inline_keys, algorithms) = inline_keys(settings, algorithms, &field, mistakes);
            let audiences = self.audiences_of(settings, &field, mistakes);
            let rule = Authority::new(audiences)
                .issuers(
                    settings
                        .issuers
                        .iter()
                        .chain(self.legacy_issuers_of(settings))
                        .map(String::as_str),
                )
                .algorithms(algorithms);
            rules.push(rule);
            authorities.push(AuthorityConfig {
                metadata_url,
                legacy: settings.legacy,
                keys_host: settings.keys_host.clone(),
                issuers: settings.issuers.clone(),
                algorithms,
                inline_keys,
            });
        }
        (authorities, rules)
    }

    fn audiences_of(
        &self,
        authority: &AuthoritySettings,
        field: &str,
        mistakes: &mut Mistakes,
    ) -> Audiences {
        let audiences = if authority.audiences.is_empty() {
            &self.audiences
        } else {
            &authority.audiences
        };
        if !authority.danger_accept_any_audience {
            return Audiences::any_of(audiences.iter().map(String::as_str));
        }
        if !audiences.is_empty() {
            mistakes.add(
                format!("{field}.danger_accept_any_audience"),
                true,
                "contradicts the audiences that are given; take one of the two away",
            );
        }
        Audiences::danger_any()
    }

    /// The legacy issuers that this authority's keys may sign for.
    fn legacy_issuers_of(&self, authority: &AuthoritySettings) -> &[String] {
        match &self.migration {
            // What is signed with a secret is accepted for the issuers that were configured with it, and for no others.
            Some(migration)
                if !authority.legacy && authority.keys.iter().all(|key| key.secret.is_none()) =>
            {
                &migration.legacy_issuers
            }
            _ => &[],
        }
    }
}
