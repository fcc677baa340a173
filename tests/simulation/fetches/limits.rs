//! Whether a fetch may begin, and whether one is overdue.

use super::{Fetches, Scene, history::Reason};
use crate::{
    plan::Authority,
    tokens::Token,
    topology::{FETCH_TIMEOUT, SOURCES},
};

impl Fetches {
    /// Records that a fetch begins, and returns why.
    ///
    /// # Errors
    ///
    /// If it should not have begun.
    pub(super) fn begin(&mut self, of: &Authority, scene: &Scene<'_>) -> Result<Reason, String> {
        let (source, plan, at) = (of.source, scene.plan, scene.time.elapsed());
        let is_wanted = scene.live.is_empty() || self.is_wanted(of, scene);
        let tries = self.by_source.entry(source).or_default();
        let backoff = |failures: u32| (1 << failures.min(7)).min(90) * 4 / 10;
        let from = tries.failed.map_or(tries.due.0, |(_, failures)| {
            tries.waits_from + backoff(failures).max(1)
        });
        let mut open = self.open.values_mut();
        let left = open
            .find(|it| it.source == source && !it.is_replaced && at >= it.began + FETCH_TIMEOUT);
        let is_regular = at >= from || tries.replaces > 0 || left.is_some();
        match left {
            Some(left) => left.is_replaced = true,
            None => tries.replaces = tries.replaces.saturating_sub(1),
        }
        tries.began.push(at);
        if is_regular {
            let is_asked_for = is_wanted && !scene.live.is_empty();
            return Ok(match is_asked_for {
                true => Reason::Unclear,
                false => Reason::Schedule,
            });
        }
        let (left, since) = tries.budget;
        let refilled = (at - since) as f64 / plan.unknown_interval as f64;
        let left = (left + refilled).min(plan.unknown_fetches as f64) - 1.0;
        tries.budget = (left, at);
        match () {
            () if !is_wanted => Err(format!("{source} was fetched for nobody: {tries:?}")),
            () if left < -0.001 || scene.model.last(source).is_none() => {
                Err(format!("{source} was fetched too often: {tries:?}"))
            }
            () => Ok(Reason::UnknownKey),
        }
    }

    /// Whether a request may cause a fetch from this authority that is not due. Its token must lack nothing but a key or an issuer, and no fetch may have
    /// shown that this does not exist, either since the request came or in the last minute.
    fn is_wanted(&self, of: &Authority, scene: &Scene<'_>) -> bool {
        let (model, plan, at) = (scene.model, scene.plan, scene.time.elapsed());
        let source = of.source;
        let absent = &self.by_source[&source].absent;
        let is_recent = |began: &u64| at < began + 60;
        let is_absent = |name: &str| absent.get(name).is_some_and(is_recent);
        let is_missing = |kid: &String| {
            let key = model.key(source, kid, plan, at);
            !is_absent(kid) && key.is_none_or(|(_, may_have_ended)| may_have_ended)
        };
        let wants = |token: &Token| {
            token.is_in_time(scene.time.wall())
                && token.audience == of.audience
                && token.kid.as_ref().is_some_and(|kid| {
                    match model.has_issuer(of, plan, &token.issuer, at) {
                        true => is_missing(kid),
                        false => {
                            SOURCES[source].may_turn_to(&token.issuer) && !is_absent(&token.issuer)
                        }
                    }
                })
        };
        let mut live = scene.live.iter();
        absent.values().filter(|began| is_recent(began)).count() >= MOST_ABSENT
            || live.any(|it| {
                let last = model.last(source);
                let is_settled = last.is_some_and(|fetched| fetched.order > it.order);
                !is_settled && (it.plan != *plan || wants(&it.token))
            })
    }

    /// A source that the background task should have fetched from by now, if there is one.
    pub(crate) fn overdue(&self, scene: &Scene<'_>) -> Option<usize> {
        let (plan, at) = (scene.plan, scene.time.elapsed());
        // A fetch that nothing drove to its end is no failure, so the due time of the next one does not change.
        let is_overdue = |source: &usize| {
            let tries = &self.by_source[source];
            at > match (tries.failed, scene.model.last(*source)) {
                (Some((failed, 0)), Some(_)) => tries.due.1.max(failed + MOST_RETRY_AFTER),
                (Some((failed, _)), _) => failed + MOST_RETRY_AFTER,
                (None, _) => tries.due.1,
            }
        };
        let has_open = |source| self.open.values().any(|it| it.source == source);
        let fetched = plan.fetched().filter(|it| !it.on_demand);
        let mut eager = fetched.map(|it| it.source);
        eager.find(|source| is_overdue(source) && !has_open(*source))
    }
}

/// If the layer remembers more absent names than this, it may forget some.
const MOST_ABSENT: usize = 60;
/// The longest `Retry-After` that is honoured, in seconds.
const MOST_RETRY_AFTER: u64 = 300;
