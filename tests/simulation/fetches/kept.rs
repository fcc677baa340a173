//! What stays known under other settings and in other processes.

use super::{Fetches, Scene, history::Tries};
use crate::{
    model::{Fetched, Model, may_name},
    plan::Plan,
    time::Time,
};

impl Fetches {
    /// Whether the fetches from any source, past or under way, become useless under these settings.
    pub(crate) fn lose(&self, model: &Model, plan: &Plan) -> bool {
        self.by_source.keys().any(|it| !model.keeps(*it, plan))
    }

    /// The operator changes the settings. What was fetched from a source is dropped if the source is gone or may no longer have its issuer.
    pub(crate) fn set(&mut self, model: &mut Model, before: &Plan, plan: &Plan, at: u64) {
        let keeps = |source: &usize| model.keeps(*source, plan);
        self.open.retain(|_, open| keeps(&open.source));
        self.by_source.retain(|source, _| keeps(source));
        model.set(plan);
        let numbers = |plan: &Plan| (plan.unknown_fetches, plan.unknown_interval);
        for of in plan.fetched() {
            let last = model.last(of.source);
            let is_new = !self.by_source.contains_key(&of.source);
            // A source that only an earlier process fetched from is due at once.
            let tries = self.by_source.entry(of.source).or_insert_with(|| Tries {
                due: last.map_or((0, 0), |_| (at, at)),
                ..Tries::default()
            });
            if is_new || numbers(before) != numbers(plan) {
                tries.budget = (plan.unknown_fetches as f64, at);
            }
            if let Some(last) = last.filter(|it| it.order > 0) {
                let (from, until) = plan.due(last.ended);
                tries.due = (tries.due.0.min(from), tries.due.1.min(until));
            }
        }
    }
}

impl Fetches {
    /// If only forgotten keys are published, the next fetch is due within this time.
    pub(crate) fn hurry(&mut self, source: usize, scene: &Scene<'_>, (from, until): (u64, u64)) {
        let (plan, at) = (scene.plan, scene.time.elapsed());
        let is_due = |tries: &&mut Tries| {
            let (model, has_failed) = (scene.model, tries.failed.is_some());
            model.last(source).is_some() && !has_failed && model.lacks_keys(source, plan)
        };
        if let Some(tries) = self.by_source.get_mut(&source).filter(is_due) {
            tries.due.0 = tries.due.0.min(at + from);
            tries.due.1 = tries.due.1.min(at + until);
        }
    }
}

impl Model {
    /// Whether what was fetched from a source is still of use under these settings.
    pub(crate) fn keeps(&self, source: usize, plan: &Plan) -> bool {
        let fetched = self.last(source);
        plan.authority(source)
            .is_some_and(|of| fetched.is_none_or(|it| may_name(of, plan, &it.issuer)))
    }

    fn set(&mut self, plan: &Plan) {
        let sources = self.fetched.keys().copied();
        let gone: Vec<_> = sources.filter(|it| !self.keeps(*it, plan)).collect();
        self.fetched.retain(|source, _| !gone.contains(source));
        for of in &plan.authorities {
            for fetched in self.fetched.get_mut(&of.source).into_iter().flatten() {
                if !may_name(of, plan, &fetched.issuer) {
                    fetched.issuer.clear();
                }
            }
        }
        self.forgotten.note(plan);
    }
}

/// What a snapshot contains, when it was taken, and what the layer's clock showed then.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    model: Model,
    at: u64,
    shown: u64,
}

impl Snapshot {
    pub(crate) fn new(model: &Model, plan: &Plan, time: &Time) -> Self {
        let (at, shown) = (time.elapsed(), time.wall());
        let mut saved = model.clone();
        saved
            .fetched
            .retain(|_, fetched| is_fresh(fetched, plan, at));
        for (source, fetched) in &mut saved.fetched {
            let issuers = model.issuers(*source, plan, at);
            for it in fetched {
                let lives = |kid: &String| model.key(*source, kid, plan, at).is_some();
                it.keys.retain(|kid, _| lives(kid));
                if !issuers.contains(&&it.issuer) {
                    it.issuer.clear();
                }
            }
        }
        Self {
            model: saved,
            at,
            shown,
        }
    }

    /// What a new process knows if it starts from this snapshot.
    pub(crate) fn restored(&self, plan: &Plan, time: &Time) -> Model {
        let (now, shown) = (time.elapsed(), time.wall());
        // Times are saved as dates. Nothing is younger than now.
        let date = |time: u64| (self.shown + time).saturating_sub(self.at);
        let aged = |time: u64| now.saturating_sub(shown.saturating_sub(date(time)));
        let mut model = self.model.clone();
        for it in model.fetched.values_mut().flatten() {
            (it.order, it.shown) = (0, date(it.began));
            (it.began, it.ended) = (aged(it.began), aged(it.ended));
        }
        model
            .fetched
            .retain(|_, fetched| is_fresh(fetched, plan, now));
        model
    }
}

fn is_fresh(fetched: &[Fetched], plan: &Plan, at: u64) -> bool {
    fetched
        .last()
        .is_some_and(|it| at < it.began + plan.max_stale)
}
