//! What is recorded about legacy issuers, and what the report says.

use tower_b2c_auth::migration::Verdict;

use super::{Run, requests::Pending};
use crate::{
    model::{Model, may_name},
    plan::{Authority, Plan},
    topology::SOURCES,
};

impl Run<'_> {
    /// Watches the issuers that are legacy now.
    pub(super) fn watch_legacy(&mut self) {
        let (model, plan, now) = (&self.model, &self.plan, self.time.elapsed());
        let is_legacy = |issuer: &str| model.is_legacy(plan, issuer, now);
        let may_turn = |issuer: &str| may_turn_legacy(model, plan, issuer);
        self.evidence.watch(self.time.wall(), is_legacy, may_turn);
    }

    /// Records a token that was accepted, or refused only because its issuer is legacy.
    pub(super) fn note_use(&mut self, request: &Pending) {
        let (plan, issuer) = (&request.plan, &request.token.issuer);
        if self.model.is_legacy(plan, issuer, self.time.elapsed()) {
            self.evidence.used(issuer, self.time.wall());
        }
    }

    /// Records a token that was not judged: the client got 503 or hung up.
    pub(super) fn note_unjudged(&mut self, request: &Pending) {
        let (plan, issuer) = (&request.plan, &request.token.issuer);
        let is_legacy = self.model.is_legacy(plan, issuer, self.time.elapsed());
        if is_legacy || may_turn_legacy(&self.model, plan, issuer) {
            self.evidence.could_not_judge(issuer, self.time.wall());
        }
    }

    /// Some of these sources had no keys and have some now. Until now, their tokens could not be judged.
    pub(super) fn note_without_keys(&mut self, mut sources: Vec<usize>) {
        let after = self.fetches.without_keys(&self.scene());
        sources.retain(|source| !after.contains(source));
        self.note_unjudged_of(&sources);
    }

    fn note_unjudged_of(&mut self, sources: &[usize]) {
        let (model, plan, now) = (&self.model, &self.plan, self.time.elapsed());
        let without = |it: &&Authority| sources.contains(&it.source);
        for of in plan.fetched().filter(without) {
            let is_undiscovered = model.last(of.source).is_none();
            let may_be_its = |issuer: &str| {
                model.has_issuer(of, plan, issuer, now)
                    || (is_undiscovered && may_name(of, plan, issuer))
            };
            for issuer in SOURCES.iter().flat_map(|it| &it.forms) {
                if model.is_legacy(plan, issuer, now) && may_be_its(issuer) {
                    self.evidence.could_not_judge(issuer, self.time.wall());
                }
            }
        }
    }

    pub(super) fn check_report(&mut self) -> Result<(), String> {
        self.evidence.look(self.time.wall(), self.time.ahead());
        self.note_unjudged_of(&self.fetches.without_keys(&self.scene()));
        let report = self.layer.migration_report();
        for it in &report.legacy_issuers {
            if let Some(at) = self.evidence.unjudged_after(&it.issuer, it.legacy_since) {
                return Err(format!("no token of {it:?} was judged at {at}"));
            }
        }
        if report.verdict != Verdict::SafeToRemove || !self.plan.migrates {
            return Ok(());
        }
        let (plan, now) = (&self.plan, self.time.elapsed());
        for issuer in &plan.legacy {
            let is_its = |of: &Authority| self.model.has_issuer(of, plan, issuer, now);
            if !plan.authorities.iter().any(is_its) {
                return Err(format!(
                    "no authority has {issuer}, which is safe to remove: {report}"
                ));
            }
        }
        let is_legacy = |issuer: &str| self.model.is_legacy(plan, issuer, now);
        let wall = self.time.wall();
        match self.evidence.is_unsafe(wall, plan.quiet, is_legacy) {
            None => Ok(()),
            Some(why) => Err(format!(
                "the report says that it is safe, but {why}: {report}"
            )),
        }
    }
}

/// Whether this may be the issuer of a legacy authority that has never been fetched.
fn may_turn_legacy(model: &Model, plan: &Plan, issuer: &str) -> bool {
    let mut legacy = plan.authorities.iter().filter(|it| it.legacy);
    legacy.any(|it| model.last(it.source).is_none() && may_name(it, plan, issuer))
}
