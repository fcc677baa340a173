//! An authority: one value for everything that belongs to one issuer of tokens.

use std::{sync::Arc, time::Duration};

use b2c_verify::{TenantId, TokenRules};

use crate::{
    config::AuthorityConfig,
    keys::{Adoption, IssuerRule, KeyContext, KeySource, KeyTimes, Named, SourcePolicy},
    routes::Rule,
};

/// The rules for an authority's tokens, the issuers it may have, and its keys.
// In this order: a request reads what comes first, which one line of the processor's cache holds.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Authority {
    pub(crate) rules: TokenRules,
    pub(crate) keys: Arc<KeySource>,
    pub(crate) name: Box<str>,
    /// Its place among all authorities. No other one has it.
    pub(crate) position: u64,
    /// The issuers that the operator assigned to it.
    pub(crate) assigned_issuers: Arc<[Arc<str>]>,
    /// The legacy issuers that the operator assigned to it.
    pub(crate) legacy_issuers: Vec<String>,
    /// Whether it gets listed issuers that carry the same tenant id as its own issuer.
    pub(crate) takes_unassigned_issuers: bool,
    /// For its own issuer, which its metadata names.
    pub(crate) rule: Option<Arc<IssuerRule>>,
    /// Whether it is fetched for a token from an issuer that is not known.
    pub(crate) is_unknown_on_demand: bool,
    /// Until when it has its issuers. Without end, unless a source of tenants must confirm it.
    pub(crate) until: Duration,
    /// Whether it is legacy, with everything that it issues.
    pub(crate) legacy: bool,
    /// Whether the service is ready without it.
    pub(crate) optional: bool,
}

impl Authority {
    /// `before` is its source of keys under other settings. It goes on, or another one continues it.
    pub(crate) fn new(
        config: AuthorityConfig,
        position: u64,
        times: &Arc<KeyTimes>,
        context: &Arc<KeyContext>,
        before: Option<(&Arc<KeySource>, Adoption)>,
    ) -> Self {
        let policy = SourcePolicy {
            times: Arc::clone(times),
            on_demand: config.on_demand,
        };
        let is_unknown_on_demand = config.is_unknown_on_demand();
        let issuers: Arc<[Arc<str>]> = config.issuers.into_iter().map(Arc::from).collect();
        let rule = config.metadata.as_ref().map(|metadata| {
            let url = Arc::clone(&metadata.url);
            Arc::new(match config.rules.accepted_tenants() {
                Some(any) => {
                    IssuerRule::of_templates(url, any.templates().map(Arc::from).collect())
                }
                None if config.has_exact_issuers => {
                    IssuerRule::new(url, Arc::clone(&issuers)).exact()
                }
                None => IssuerRule::new(url, Arc::clone(&issuers)),
            })
        });
        let same = before.filter(|(it, _)| it.fetched_from() == config.metadata.as_ref());
        let same = same.filter(|_| config.inline_keys.is_empty());
        let adopted = same.zip(rule.as_ref());
        let adopted = adopted.filter(|((same, how), rule)| same.adopt(rule, &policy, *how));
        let keys = match adopted {
            Some(((adopted, _), _)) => Arc::clone(adopted),
            None => {
                let metadata = config.metadata.zip(rule.clone());
                KeySource::new(config.inline_keys, metadata, policy, context, before)
            }
        };
        Self {
            name: config.name.into(),
            position,
            rules: config.rules,
            keys,
            assigned_issuers: issuers,
            legacy_issuers: config.legacy_issuers,
            takes_unassigned_issuers: config.takes_unassigned_issuers,
            rule,
            is_unknown_on_demand,
            until: Duration::MAX,
            legacy: config.legacy,
            optional: config.optional,
        }
    }

    pub(crate) fn named(&self) -> Named<'_> {
        (&self.name, self.keys.line())
    }

    /// Whether it comes from a source of tenants, and not from the settings.
    pub(crate) fn is_found(&self) -> bool {
        self.until != Duration::MAX
    }

    /// Whether this rule accepts its tokens. A rule that names authorities means the operator's: a source of tenants could choose the same name.
    pub(crate) fn is_allowed_by(&self, rule: &Rule) -> bool {
        rule.authorities.is_none() || !self.is_found() && rule.accepts_tokens_of(&self.name)
    }

    /// Whether tokens from this issuer may turn out to be its own, once its issuer is known. `listed` says that the operator has listed the issuer
    /// without an authority.
    pub(crate) fn could_have(&self, issuer: &str, listed: bool) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.allows(issuer))
            || (self.takes_unassigned_issuers && listed)
    }

    /// Whether its metadata may name this issuer by now, although it last named another one.
    pub(crate) fn may_have_changed_to(&self, issuer: &str) -> bool {
        let told = self.rule.as_ref().zip(self.keys.issuer());
        told.is_some_and(|(rule, before)| rule.may_have_changed(&before, issuer))
    }

    /// The tenant that its metadata named last, if it may change to another form of that tenant's issuer.
    pub(crate) fn changeable_tenant(&self) -> Option<TenantId> {
        let told = self.keys.issuer().filter(|_| !self.knows_issuer())?;
        TenantId::of_issuer(&told)
    }

    /// Whether its issuers are known before its metadata is fetched.
    pub(crate) fn knows_issuer(&self) -> bool {
        self.rule.as_ref().is_none_or(|rule| rule.is_exact())
    }
}
