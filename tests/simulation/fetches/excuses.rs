//! Reasons why no fetch has settled a token yet.

use super::{Fetches, Scene, history::Tries};
use crate::{
    model::Model,
    plan::Authority,
    run::Pending,
    tokens::Token,
    topology::{FETCH_TIMEOUT, GAP, SOURCES},
};

impl Fetches {
    /// Whether there is a reason why no fetch from this source has found out, for this request, whether a key id or an issuer exists.
    pub(crate) fn excuse(
        &self,
        source: usize,
        unknown: &str,
        asked: &Pending,
        scene: &Scene<'_>,
    ) -> bool {
        let at = scene.time.elapsed();
        let Some(tries) = self.by_source.get(&source) else {
            return true;
        };
        let last = scene.model.last(source);
        let spent_until =
            |began: &&u64| **began + asked.plan.unknown_fetches * asked.plan.unknown_interval >= at;
        let is_spent =
            tries.began.iter().filter(spent_until).count() as u64 >= asked.plan.unknown_fetches;
        let has_failed = tries
            .failed
            .is_some_and(|(failed, _)| failed >= asked.at || (last.is_none() && at <= failed + 61));
        let asked_before = || {
            let first = tries.asked.get(unknown);
            first.is_some_and(|first| *first < asked.order)
        };
        let is_remembered = last.is_some_and(|it| at <= it.began + 60) && asked_before();
        at >= asked.at + FETCH_TIMEOUT
            || has_failed
            || is_remembered
            || (last.is_some() && is_spent)
    }

    /// Whether the last fetch is so old that a request has to fetch before a token is accepted. With an eager authority, no request has to fetch as long as
    /// something, such as a waiting request, may be driving a fetch already.
    pub(crate) fn is_idle(&self, source: usize, scene: &Scene<'_>) -> bool {
        let (plan, at) = (scene.plan, scene.time.elapsed());
        let (Some(tries), Some(of)) = (self.by_source.get(&source), plan.authority(source)) else {
            return false;
        };
        let mut open = self.open.values().filter(|it| it.source == source);
        let is_driven = !scene.live.is_empty() || open.any(|it| it.may_be_driven(at));
        let time_for_the_task = if of.on_demand || plan.on_request {
            0
        } else {
            FETCH_TIMEOUT + 1
        };
        // With an on-demand authority, even a fetch that is being driven must end before a token is accepted.
        let is_awaited = tries.failed.is_none() && (of.on_demand || !is_driven);
        is_awaited && at > tries.due.1 + time_for_the_task
    }

    /// The sources that have had no keys for longer than the allowed gap, because fetches failed and the known keys were stale.
    pub(crate) fn without_keys(&self, scene: &Scene<'_>) -> Vec<usize> {
        let has_none = |(source, tries): &(&usize, &Tries)| {
            let mut fetched = scene.model.fetched.get(source).into_iter().flatten();
            let fetched = fetched.rfind(|it| !it.keys.is_empty());
            let stale = fetched.map_or(0, |it| it.ended + scene.plan.max_stale);
            let failing = tries.failing.map(|since| since.max(stale));
            failing.is_some_and(|since| scene.time.elapsed() > since + GAP)
        };
        let without = self.by_source.iter().filter(has_none);
        without.map(|(source, _)| *source).collect()
    }

    /// Records the key id and the issuer that a request asked for.
    pub(crate) fn ask(&mut self, token: &Token, order: u64, model: &Model) {
        for (source, tries) in &mut self.by_source {
            let last = model.last(*source);
            // Before the first fetch, every issuer is unknown.
            let is_known = last.is_some_and(|it| it.issuer == token.issuer);
            let issuer = (!is_known).then_some(&token.issuer);
            let Some(kid) = &token.kid else { return };
            for name in issuer.into_iter().chain([kid]) {
                tries.asked.entry(name.clone()).or_insert(order);
            }
        }
    }

    /// Records that a request was refused after a wait. The layer remembers for a minute that what it asked for does not exist.
    pub(crate) fn refused(&mut self, asked: &Pending, scene: &Scene<'_>) {
        let (token, plan, model, at) = (
            &asked.token,
            &*asked.plan,
            scene.model,
            scene.time.elapsed(),
        );
        let is_in_time = token.is_in_time(scene.time.wall());
        let may_be_its = |it: &&Authority| is_in_time && it.audience == token.audience;
        for of in plan.authorities.iter().filter(may_be_its) {
            let is_forgotten = |kid: &&String| model.is_forgotten(scene.plan, of.source, kid);
            let kid = token.kid.as_ref().filter(|kid| !is_forgotten(kid));
            let fetched = model.last(of.source).filter(|it| it.order > asked.order);
            let (Some(tries), Some(kid), Some(fetched)) =
                (self.by_source.get_mut(&of.source), kid, fetched)
            else {
                continue;
            };
            let name = match model.has_issuer(of, plan, &token.issuer, at) {
                true if model.key(of.source, kid, plan, at).is_none() => kid,
                false if SOURCES[of.source].may_turn_to(&token.issuer) => &token.issuer,
                _ => continue,
            };
            tries.absent.insert(name.clone(), fetched.began);
        }
    }
}
