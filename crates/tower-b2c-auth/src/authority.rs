//! An authority: one value for everything that belongs to one issuer of tokens.

use std::sync::Arc;

use b2c_verify::TokenRules;

use crate::keys::{IssuerRule, KeySource};

/// The rules for an authority's tokens, the issuers it may have, and its keys.
#[derive(Debug)]
pub(crate) struct Authority {
    pub(crate) name: Box<str>,
    pub(crate) rules: TokenRules,
    pub(crate) keys: Arc<KeySource>,
    /// The issuers that the operator assigned to it.
    pub(crate) assigned_issuers: Vec<String>,
    /// The legacy issuers that the operator assigned to it.
    pub(crate) legacy_issuers: Vec<String>,
    /// Whether it gets listed issuers that carry the tenant id of its own.
    pub(crate) takes_unassigned_issuers: bool,
    /// For its own issuer, which its metadata names.
    pub(crate) rule: Option<IssuerRule>,
    /// Whether everything it issues is to be phased out.
    pub(crate) legacy: bool,
    /// Whether readiness does without it.
    pub(crate) optional: bool,
}

impl Authority {
    /// Whether tokens of this issuer may turn out to be its own, once it has told its issuer. `unassigned` are the listed issuers.
    pub(crate) fn could_have(&self, issuer: &str, unassigned: &[String]) -> bool {
        let is_listed = || unassigned.iter().any(|listed| listed == issuer);
        self.rule.as_ref().is_some_and(|rule| rule.allows(issuer))
            || (self.takes_unassigned_issuers && is_listed())
    }
}
