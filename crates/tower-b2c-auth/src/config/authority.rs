//! The authorities of the settings, checked.

use std::sync::Arc;

use b2c_verify::{Audiences, TokenRules};

use super::{
    check::no_blank,
    common_rules::{CommonRules, audiences},
    inline_keys::inline_keys,
    listed_issuers::ListedIssuers,
};
use crate::{
    keys::{LiveKey, MetadataSource},
    settings::{AuthoritySettings, Mistakes, Settings},
    urls::{is_issuer_template, issuer_url},
};

/// One authority of the settings, checked.
#[derive(Debug)]
pub(crate) struct AuthorityConfig {
    /// Unique among the authorities.
    pub(crate) name: String,
    pub(crate) rules: TokenRules,
    /// The keys in the settings.
    pub(crate) inline_keys: Vec<Arc<LiveKey>>,
    /// Where further keys are fetched from.
    pub(crate) metadata: Option<MetadataSource>,
    /// The issuers that the operator assigned to it or that follow from the settings, except the legacy ones.
    pub(crate) issuers: Vec<String>,
    /// Whether its metadata must name one of these, or a template if its rules accept any tenant.
    pub(crate) has_exact_issuers: bool,
    /// Those of `migration.legacy_issuers` that are assigned to it.
    pub(crate) legacy_issuers: Vec<String>,
    /// Whether those of [`Config::unassigned_issuers`](super::Config::unassigned_issuers) with the tenant id of its own issuers belong to it.
    pub(crate) takes_unassigned_issuers: bool,
    pub(crate) legacy: bool,
    pub(crate) on_demand: bool,
    pub(crate) optional: bool,
}

impl AuthorityConfig {
    pub(crate) fn metadata_url(&self) -> Option<&str> {
        self.metadata.as_ref().map(|metadata| metadata.url.as_str())
    }
}

impl Settings {
    /// The authorities.
    pub(super) fn check_authorities(
        &self,
        common: &CommonRules,
        listed: &ListedIssuers,
        mistakes: &mut Mistakes,
    ) -> Vec<AuthorityConfig> {
        let names = self.authority_names(mistakes);
        let authorities = self.authorities.iter().enumerate().zip(names);
        let check = |((at, settings), name)| {
            self.check_authority(settings, at, name, common, listed, mistakes)
        };
        authorities.map(check).collect()
    }

    /// Checks one authority: an existing one, or one to be added, at this index.
    pub(super) fn check_authority(
        &self,
        settings: &AuthoritySettings,
        at: usize,
        name: String,
        common: &CommonRules,
        listed: &ListedIssuers,
        mistakes: &mut Mistakes,
    ) -> AuthorityConfig {
        let field = format!("authorities[{at}]");
        let metadata_url = settings.metadata_url(&field, mistakes);
        settings.check_any_tenant(&field, mistakes);
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
        if let Some(issuer) = &settings.metadata_issuer {
            let field = format!("{field}.metadata_issuer");
            if settings.is_inline() {
                let remedy = "has no effect on inline keys, which come without metadata; remove it";
                mistakes.add(field, issuer, remedy);
            } else {
                mistakes.note(&field, issuer, issuer_url(issuer));
            }
        }
        no_blank(&format!("{field}.audiences"), &settings.audiences, mistakes);
        no_blank(&format!("{field}.clients"), &settings.clients, mistakes);
        let (inline_keys, algorithms) = inline_keys(settings, common.algorithms, &field, mistakes);
        let mut rules = self.rules_of(settings, common, &field, mistakes);
        if algorithms != common.algorithms {
            rules = rules.algorithms(algorithms);
        }
        let metadata = metadata_url.map(|url| MetadataSource {
            url: Arc::new(url),
            keys_host: settings.keys_host.clone(),
            algorithms,
        });
        rules = rules.tenant_id(settings.checked_tenant());
        let takes_listed = settings.takes_listed_issuers();
        let known_issuers = settings.known_issuers();
        let any_tenant = settings.any_tenant();
        let has_exact_issuers = !known_issuers.is_empty() || any_tenant.is_some();
        if let Some(any) = any_tenant {
            rules = rules.any_tenant(any);
        }
        let mut issuers = settings.issuers.clone();
        issuers.extend(known_issuers);
        let mut legacy_issuers = Vec::new();
        if takes_listed && matches!(listed, ListedIssuers::Assigned) {
            issuers.extend_from_slice(&self.issuers);
            legacy_issuers = self.legacy_issuers().to_vec();
        }
        AuthorityConfig {
            name,
            rules,
            inline_keys,
            metadata,
            issuers,
            has_exact_issuers,
            legacy_issuers,
            takes_unassigned_issuers: takes_listed,
            legacy: settings.legacy,
            on_demand: settings.on_demand,
            optional: settings.optional,
        }
    }

    fn rules_of(
        &self,
        authority: &AuthoritySettings,
        common: &CommonRules,
        field: &str,
        mistakes: &mut Mistakes,
    ) -> TokenRules {
        let own = &authority.audiences;
        let rules = if authority.danger_accept_any_audience {
            let audiences = if own.is_empty() { &self.audiences } else { own };
            if !audiences.is_empty() {
                mistakes.add(
                    format!("{field}.danger_accept_any_audience"),
                    true,
                    "contradicts the configured audiences; remove one of the two",
                );
            }
            common.rules(Audiences::danger_any())
        } else if own.is_empty() {
            common.usual(authority.family)
        } else {
            common.rules(audiences(authority.family, own))
        };
        if authority.clients.is_empty() {
            rules
        } else {
            rules.clients(authority.clients.iter().map(String::as_str))
        }
    }
}
