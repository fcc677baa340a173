//! An authority: one value for everything that belongs to one issuer of tokens.

use std::sync::Arc;

use b2c_verify::TokenRules;

use crate::keys::{IssuerRule, KeySource};

/// The rules for an authority's tokens, the issuers it may have, and its keys.
#[derive(Debug)]
pub(crate) struct Authority {
    pub(crate) name: Box<str>,
    /// Its place among all authorities. No other one has it.
    pub(crate) position: u64,
    pub(crate) rules: TokenRules,
    pub(crate) keys: Arc<KeySource>,
    /// The issuers that the operator assigned to it.
    pub(crate) assigned_issuers: Arc<[Arc<str>]>,
    /// The legacy issuers that the operator assigned to it.
    pub(crate) legacy_issuers: Vec<String>,
    /// Whether it gets listed issuers that carry the tenant id of its own.
    pub(crate) takes_unassigned_issuers: bool,
    /// For its own issuer, which its metadata names.
    pub(crate) rule: Option<Arc<IssuerRule>>,
    /// Whether it is fetched for a token of an issuer that nobody knows.
    pub(crate) is_unknown_on_demand: bool,
    /// Whether everything it issues is to be phased out.
    pub(crate) legacy: bool,
    /// Whether readiness does without it.
    pub(crate) optional: bool,
}

impl Authority {
    /// Whether tokens of this issuer may turn out to be its own, once it has told its issuer. `listed`: the operator has listed the issuer without saying
    /// whose it is.
    pub(crate) fn could_have(&self, issuer: &str, listed: bool) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.allows(issuer))
            || (self.takes_unassigned_issuers && listed)
    }

    /// Whether its issuers are known before its metadata is.
    pub(crate) fn knows_issuer(&self) -> bool {
        self.rule.as_ref().is_none_or(|rule| rule.is_exact())
    }
}
