//! An authority: one value with everything about one party that issues tokens.
//!
//! An [`Authority`] has rules, issuers and a key source, and ties them together: its keys verify only tokens with its issuers, and only under its rules.
//! That is what keeps tenants apart, because B2C signs the user-flow tokens of unrelated tenants with one key.
//!
//! The settings make one for each entry of `[[authorities]]`, `add_authority` makes more, and so does a source of tenants. An authority never changes: other
//! settings make another one, which shares the key source if it can.

use std::{sync::Arc, time::Duration};

use b2c_verify::{TenantId, TokenRules};

use crate::{
    config::{AuthorityConfig, IssuerList},
    keys::{Adoption, IssuerRule, KeyConfig, KeyContext, KeySource, Named, SourcePolicy},
    routes::Rule,
};

/// The rules for an authority's tokens, the issuers it may have, and its keys.
pub(crate) struct Authority {
    pub(crate) rules: TokenRules,
    pub(crate) keys: Arc<KeySource>,
    pub(crate) name: Box<str>,
    pub(crate) position: Position,
    /// The issuers that the settings assign to it, or that follow from them.
    pub(crate) assigned_issuers: Arc<[Arc<str>]>,
    /// All of `migration.legacy_issuers` if no other authority can have listed issuers; otherwise empty. Of these, the authority accepts those whose
    /// tenant id does not contradict that of its own issuers.
    pub(crate) legacy_issuers: Vec<String>,
    /// Whether listed issuers with the same tenant id as its own issuer belong to it; if it is legacy, only those that are legacy too.
    pub(crate) takes_unassigned_issuers: bool,
    /// Which issuers its metadata may name. `None` if all its keys are inline.
    pub(crate) rule: Option<Arc<IssuerRule>>,
    /// Whether a token from an unknown issuer makes the layer fetch this authority's metadata.
    pub(crate) is_unknown_on_demand: bool,
    /// The time until which it has its issuers: [`Duration::MAX`], unless a source of tenants must confirm it.
    pub(crate) until: Duration,
    /// Whether every issuer that it has is legacy.
    pub(crate) legacy: bool,
    /// Whether the service can be ready without it.
    pub(crate) optional: bool,
}

/// The place of an authority among all authorities. Unique: an authority that is added later comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Position(u64);

impl Authority {
    /// `before` is its key source under the previous settings. The new authority shares that source if it can, and otherwise gets a source that continues
    /// it.
    pub(crate) fn new(
        config: AuthorityConfig,
        position: Position,
        key_config: &Arc<KeyConfig>,
        context: &Arc<KeyContext>,
        before: Option<(&Arc<KeySource>, Adoption)>,
    ) -> Self {
        let policy = SourcePolicy {
            config: Arc::clone(key_config),
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
        Named {
            name: &self.name,
            url: self.keys.metadata_url(),
        }
    }

    /// Whether a source of tenants found it, rather than the settings naming it.
    pub(crate) fn is_found(&self) -> bool {
        self.until != Duration::MAX
    }

    /// Whether this rule accepts its tokens. A rule that names authorities means those in the settings: a source of tenants could choose the same name.
    pub(crate) fn is_allowed_by(&self, rule: &Rule) -> bool {
        rule.authorities.is_none() || !self.is_found() && rule.accepts_tokens_of(&self.name)
    }

    /// Whether this issuer could turn out to be the authority's own once the authority's metadata is fetched. `listed`: the list outside of the authorities
    /// that has the issuer, if there is one.
    pub(crate) fn could_have(&self, issuer: &str, listed: Option<IssuerList>) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.allows(issuer))
            || listed.is_some_and(|list| self.takes(list))
    }

    /// Whether issuers of this list belong to it if they have the same tenant id as its own issuer.
    pub(crate) fn takes(&self, list: IssuerList) -> bool {
        self.takes_unassigned_issuers && (!self.legacy || list == IssuerList::Legacy)
    }

    /// True if its metadata names no issuer with a tenant id, or if the metadata or the settings name one with the tenant id of this issuer. Also true if
    /// this issuer has no tenant id.
    pub(crate) fn names_no_other_tenant(&self, issuer: &str) -> bool {
        let Some(tenant) = TenantId::of_issuer(issuer) else {
            return true;
        };
        let named = self.keys.issuers();
        let mut named = named
            .iter()
            .filter_map(|(it, _)| TenantId::of_issuer(it))
            .peekable();
        let mut assigned = self.assigned_issuers.iter();
        named.peek().is_none()
            || named.any(|own| own == tenant)
            || assigned.any(|it| TenantId::of_issuer(it) == Some(tenant))
    }

    /// Whether a listed issuer could be its own. Not if it has only secrets, which sign only for the issuers configured with them.
    pub(crate) fn could_have_listed(&self) -> bool {
        self.takes_unassigned_issuers || self.rule.is_some()
    }

    /// Whether its metadata, which last named another issuer, could name this one now.
    pub(crate) fn may_have_changed_to(&self, issuer: &str) -> bool {
        let named = self.rule.as_ref().zip(self.keys.issuer());
        named.is_some_and(|(rule, before)| rule.may_have_changed(&before, issuer))
    }

    /// The tenant in the issuer that its metadata last named. `None` if its issuer cannot change.
    pub(crate) fn changeable_tenant(&self) -> Option<TenantId> {
        let named = self.keys.issuer().filter(|_| !self.knows_issuer())?;
        TenantId::of_issuer(&named)
    }

    /// Whether its issuers are known before its metadata is fetched.
    pub(crate) fn knows_issuer(&self) -> bool {
        self.rule.as_ref().is_none_or(|rule| rule.is_exact())
    }
}

impl Position {
    pub(crate) const FIRST: Self = Self(0);

    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// This one and those after it.
    pub(crate) fn onwards(self) -> impl Iterator<Item = Self> {
        (self.0..).map(Self)
    }
}
