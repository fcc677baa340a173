//! Which authority has which issuer.

use super::Model;
use crate::{
    plan::{Authority, Plan},
    topology::{SOURCES, SourceInfo, tenant},
};

fn host(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or_default()
}

/// Whether the metadata of this authority may name the issuer.
pub(super) fn may_name(source: usize, assigned: &[String], issuer: &str) -> bool {
    let own = SOURCES[source].host;
    let external = ".ciamlogin.com";
    assigned.iter().any(|it| it == issuer)
        || host(issuer) == own
        || (host(issuer).ends_with(external) && own.ends_with(external))
}

/// Whether the metadata of this authority may turn to the issuer, from another form of it.
pub(super) fn may_turn_to(source: usize, issuer: &str) -> bool {
    let SourceInfo {
        host: own, forms, ..
    } = &SOURCES[source];
    host(issuer) == *own && forms.iter().any(|form| form == issuer)
}

/// The issuers that the operator assigned to this authority; those that were listed are its own if no other could have them.
pub(super) fn assigned(authority: &Authority, plan: &Plan) -> Vec<String> {
    let is_only = plan.authorities.iter().filter(|it| !it.legacy).count() == 1 && !authority.legacy;
    let listed = plan.listed.iter().filter(|_| is_only);
    authority.assigned.iter().chain(listed).cloned().collect()
}

impl Model {
    pub(super) fn has_issuer(
        &self,
        authority: &Authority,
        plan: &Plan,
        issuer: &str,
        at: u64,
    ) -> bool {
        let mut own = assigned(authority, plan);
        if let Some(heard) = self.heard.get(&authority.source) {
            own.extend(heard.issuer.clone());
            own.extend(
                heard
                    .former
                    .clone()
                    .filter(|(_, until)| at < *until)
                    .map(|(it, _)| it),
            );
        }
        let takers = plan.authorities.iter().filter(|it| !it.legacy).count();
        let is_its_tenants = || takers == 1 || own.iter().any(|it| tenant(it) == tenant(issuer));
        let mut listed = plan.listed.iter().chain(&plan.legacy);
        own.iter().any(|it| it == issuer)
            || (!authority.legacy && listed.any(|it| it == issuer) && is_its_tenants())
    }

    /// Whether a legacy authority that has not told its issuer may have this one.
    pub(crate) fn may_turn_legacy(&self, plan: &Plan, issuer: &str) -> bool {
        let is_untold = |it: &Authority| {
            let heard = self.heard.get(&it.source);
            heard.is_some_and(|heard| heard.issuer.is_none())
        };
        let mut legacy = plan.authorities.iter().filter(|it| it.legacy);
        legacy.any(|it| is_untold(it) && may_name(it.source, &assigned(it, plan), issuer))
    }

    pub(crate) fn is_legacy(&self, plan: &Plan, issuer: &str, at: u64) -> bool {
        let of_legacy = |it: &Authority| it.legacy && self.has_issuer(it, plan, issuer, at);
        plan.migrates
            && (plan.legacy.iter().any(|it| it == issuer) || plan.authorities.iter().any(of_legacy))
    }
}
