//! The authorities of the settings, checked.

use std::sync::Arc;

use b2c_verify::{AlgorithmSet, Audiences, TokenRules};

use super::{
    check::no_blank, inline_keys::inline_keys, listed_issuers::ListedIssuers, names::tenant_id,
};
use crate::{
    keys::{LiveKey, MetadataSource},
    settings::{AuthoritySettings, Family, Mistakes, Settings},
    urls::{is_issuer_template, issuer_url},
};

/// One authority of the settings, checked.
#[derive(Debug)]
pub(crate) struct AuthorityConfig {
    /// No other authority has it.
    pub(crate) name: String,
    pub(crate) rules: TokenRules,
    /// Keys that were given in the settings.
    pub(crate) inline_keys: Vec<Arc<LiveKey>>,
    /// Where other keys are fetched from.
    pub(crate) metadata: Option<MetadataSource>,
    /// The issuers that the operator assigned to it, the legacy ones aside.
    pub(crate) issuers: Vec<String>,
    /// Those of `migration.legacy_issuers` that are assigned to it.
    pub(crate) legacy_issuers: Vec<String>,
    /// Whether it gets those of [`Config::unassigned_issuers`](super::Config::unassigned_issuers) that carry the tenant id of its own issuers.
    pub(crate) takes_unassigned_issuers: bool,
    pub(crate) legacy: bool,
    pub(crate) on_demand: bool,
    pub(crate) optional: bool,
}

impl Settings {
    /// The authorities. `common` holds the rules that are the same for all of them.
    pub(super) fn check_authorities(
        &self,
        algorithms: AlgorithmSet,
        common: impl Fn(Audiences) -> TokenRules,
        listed: &ListedIssuers,
        mistakes: &mut Mistakes,
    ) -> Vec<AuthorityConfig> {
        let mut authorities = Vec::with_capacity(self.authorities.len());
        let names = self.authority_names(mistakes);
        for ((at, settings), name) in self.authorities.iter().enumerate().zip(names) {
            let field = format!("authorities[{at}]");
            let metadata_url = settings.metadata_url(&field, mistakes);
            for issuer in &settings.issuers {
                if settings.is_inline() && !is_issuer_template(issuer) {
                    no_blank(
                        &format!("{field}.issuers"),
                        std::slice::from_ref(issuer),
                        mistakes,
                    );
                } else {
                    mistakes.note(&format!("{field}.issuers"), issuer, issuer_url(issuer));
                }
            }
            if settings.on_demand && settings.is_inline() {
                mistakes.add(
                    format!("{field}.on_demand"),
                    true,
                    "has no effect on inline keys, which are never fetched; remove it",
                );
            }
            no_blank(&format!("{field}.audiences"), &settings.audiences, mistakes);
            no_blank(&format!("{field}.clients"), &settings.clients, mistakes);
            let (inline_keys, algorithms) = inline_keys(settings, algorithms, &field, mistakes);
            let audiences = self.audiences_of(settings, &field, mistakes);
            let metadata = metadata_url.map(|url| MetadataSource {
                url,
                keys_host: settings.keys_host.clone(),
                algorithms,
            });
            let takes_listed = settings.takes_listed_issuers();
            let mut issuers = settings.issuers.clone();
            issuers.extend(settings.known_issuers());
            let mut legacy_issuers = Vec::new();
            if takes_listed && matches!(listed, ListedIssuers::Assigned) {
                issuers.extend_from_slice(&self.issuers);
                legacy_issuers = self.legacy_issuers().to_vec();
            }
            authorities.push(AuthorityConfig {
                name,
                rules: common(audiences)
                    .algorithms(algorithms)
                    .clients(settings.clients.iter().map(String::as_str))
                    .tenant_id(settings.checked_tenant()),
                inline_keys,
                metadata,
                issuers,
                legacy_issuers,
                takes_unassigned_issuers: takes_listed,
                legacy: settings.legacy,
                on_demand: settings.on_demand,
                optional: settings.optional,
            });
        }
        authorities
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
            let named = audiences.iter().cloned();
            return match authority.family {
                Family::B2c | Family::ExternalId => Audiences::any_of(named),
                // The default application ID URI, which only this application can have. Version 1.0 tokens name it or the id, whichever the client asked for.
                Family::EntraId => {
                    let ids = audiences
                        .iter()
                        .filter(|audience| tenant_id(audience).is_ok());
                    Audiences::any_of(named.chain(ids.map(|id| format!("api://{id}"))))
                }
            };
        }
        if !audiences.is_empty() {
            mistakes.add(
                format!("{field}.danger_accept_any_audience"),
                true,
                "contradicts the configured audiences; remove one of the two",
            );
        }
        Audiences::danger_any()
    }
}
