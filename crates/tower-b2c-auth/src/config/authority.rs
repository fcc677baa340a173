//! The authorities of the settings, checked.

use std::sync::Arc;

use b2c_verify::{AlgorithmSet, Audiences, TokenRules};

use super::{
    authority_names::{TakenName, authority_names},
    check::no_blank,
    common_rules::{CommonRules, audiences},
    inline_keys::inline_keys,
    listed_issuers::ListedIssuers,
    names::host_with_port,
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
    /// The issuers that the operator assigned to it or that follow from the settings, except [`legacy_issuers`](Self::legacy_issuers).
    pub(crate) issuers: Vec<String>,
    /// Whether its metadata must name one of these, or a template if its rules accept any tenant.
    pub(crate) has_exact_issuers: bool,
    /// All of `migration.legacy_issuers` if no other authority can have listed issuers; otherwise empty. Of these, the authority accepts those whose tenant
    /// id does not contradict that of its own issuers.
    pub(crate) legacy_issuers: Vec<String>,
    /// Whether it takes those of [`Config::unassigned_issuers`](super::Config::unassigned_issuers) that have the same tenant id as its own issuers; if it is
    /// legacy, only those that are legacy too.
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
    pub(super) fn check_authorities(
        &self,
        common: &CommonRules,
        listed: &ListedIssuers,
        mistakes: &mut Mistakes,
    ) -> Vec<AuthorityConfig> {
        let names = self.check_names(mistakes);
        let authorities = self.authorities.iter().enumerate().zip(names);
        let check = |((at, settings), name)| {
            self.check_authority(settings, at, name, common, listed, mistakes)
        };
        authorities.map(check).collect()
    }

    /// The names of the authorities, in order.
    pub(super) fn names_of_authorities(&self) -> Vec<String> {
        self.check_names(&mut Mistakes::default())
    }

    fn check_names(&self, mistakes: &mut Mistakes) -> Vec<String> {
        let is_taken = |_: &str| false;
        authority_names(&self.authorities, 0, is_taken, TakenName::Refused, mistakes)
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
        settings.check_issuers(&field, mistakes);
        if let Some(host) = &settings.keys_host {
            let is_used = settings.openid_config.is_some() || !settings.is_inline();
            let usable =
                host_with_port(host).and_then(|()| is_used.then_some(()).ok_or(NO_METADATA));
            mistakes.note(format!("{field}.keys_host"), host, usable);
        }
        no_blank(&format!("{field}.audiences"), &settings.audiences, mistakes);
        no_blank(&format!("{field}.clients"), &settings.clients, mistakes);
        let (inline_keys, algorithms) = inline_keys(settings, common.algorithms, &field, mistakes);
        let metadata = metadata_url.map(|url| MetadataSource {
            url: Arc::new(url),
            keys_host: settings.keys_host.clone(),
            algorithms,
        });
        let known_issuers = settings.known_issuers();
        let takes_listed = settings.takes_listed_issuers();
        let mut config = AuthorityConfig {
            name,
            rules: self.rules_of(settings, common, algorithms, &field, mistakes),
            inline_keys,
            metadata,
            has_exact_issuers: !known_issuers.is_empty() || settings.any_tenant().is_some(),
            issuers: settings
                .issuers
                .iter()
                .cloned()
                .chain(known_issuers)
                .collect(),
            legacy_issuers: Vec::new(),
            takes_unassigned_issuers: takes_listed,
            legacy: settings.legacy,
            on_demand: settings.on_demand,
            optional: settings.optional,
        };
        if takes_listed && matches!(listed, ListedIssuers::Assigned) {
            if !settings.legacy {
                config.issuers.extend_from_slice(&self.issuers);
            }
            if self.danger_pool_issuers {
                config.issuers.extend_from_slice(self.legacy_issuers());
            } else {
                config.legacy_issuers = self.legacy_issuers().to_vec();
            }
        }
        config
    }

    fn rules_of(
        &self,
        authority: &AuthoritySettings,
        common: &CommonRules,
        algorithms: AlgorithmSet,
        field: &str,
        mistakes: &mut Mistakes,
    ) -> TokenRules {
        let own = &authority.audiences;
        let mut rules = if authority.danger_accept_any_audience {
            let audiences = if own.is_empty() { &self.audiences } else { own };
            if !audiences.is_empty() {
                let remedy = "contradicts the configured audiences; remove one of the two";
                mistakes.add(format!("{field}.danger_accept_any_audience"), true, remedy);
            }
            common.rules(Audiences::danger_any())
        } else if own.is_empty() {
            common.usual(authority.family)
        } else {
            common.rules(audiences(authority.family, own))
        };
        if !authority.clients.is_empty() {
            rules = rules.clients(authority.clients.iter().map(String::as_str));
        }
        if algorithms != common.algorithms {
            rules = rules.algorithms(algorithms);
        }
        if let Some(any) = authority.any_tenant() {
            rules = rules.any_tenant(any);
        }
        rules.tenant_id(authority.checked_tenant())
    }
}

impl AuthoritySettings {
    /// Checks its own issuers, and that inline keys come with neither `on_demand` nor `metadata_issuer`.
    fn check_issuers(&self, field: &str, mistakes: &mut Mistakes) {
        let is_inline = self.is_inline();
        let issuers_field = format!("{field}.issuers");
        for issuer in &self.issuers {
            if is_inline && !is_issuer_template(issuer) {
                no_blank(&issuers_field, std::slice::from_ref(issuer), mistakes);
            } else {
                mistakes.note(&issuers_field, issuer, issuer_url(issuer));
            }
        }
        if is_inline && self.on_demand {
            let remedy = "cannot be combined with inline keys, which are never fetched; remove it";
            mistakes.add(format!("{field}.on_demand"), true, remedy);
        }
        if let Some(issuer) = &self.metadata_issuer {
            let field = format!("{field}.metadata_issuer");
            if is_inline {
                let remedy = "cannot be combined with inline keys; write it into issuers";
                mistakes.add(field, issuer, remedy);
            } else {
                mistakes.note(&field, issuer, issuer_url(issuer));
            }
        }
    }
}

const NO_METADATA: &str = "has no effect, because all keys are inline; remove it";
