//! The fetches, and what they returned.

use std::{collections::BTreeMap, rc::Rc};

use crate::{
    model::{Fetched, Model, may_name},
    plan::Plan,
    provider::Event,
    run::Pending,
    time::Time,
    topology::{FETCH_TIMEOUT, tenant},
};

/// The fetches of this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fetches {
    pub(super) by_source: BTreeMap<usize, Tries>,
    pub(super) open: BTreeMap<u64, Open>,
}

/// The fetches from one source.
#[derive(Debug, Clone, Default)]
pub(super) struct Tries {
    pub(super) began: Vec<u64>,
    /// When the last one failed, and how many have failed since the last success.
    pub(super) failed: Option<(u64, u32)>,
    /// When the wait after a failure began, at the earliest.
    pub(super) waits_from: u64,
    /// Since when all have failed, if the last one did.
    pub(super) failing: Option<u64>,
    /// The earliest and the latest time for the next regular fetch to begin.
    pub(super) due: (u64, u64),
    /// What was left of the budget for unknown keys, and at what time.
    pub(super) budget: (f64, u64),
    /// How many were given up because nothing drove them. Each may be replaced for free.
    pub(super) replaces: u64,
    /// The key ids and issuers that requests asked for, each with the place of the first such request.
    pub(super) asked: BTreeMap<String, u64>,
    /// The key ids and issuers that a fetch has shown not to exist, with the time when it began.
    pub(super) absent: BTreeMap<String, u64>,
}

/// A fetch under way.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub(super) source: usize,
    pub(super) order: u64,
    pub(super) began: u64,
    pub(super) date: u64,
    pub(super) shown: u64,
    pub(super) plan: Rc<Plan>,
    pub(super) issuer: Option<String>,
    pub(super) reason: Reason,
    /// Nothing drove it to its end, and another fetch has taken its place.
    pub(super) is_replaced: bool,
}

/// Why a fetch began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// It was due, and no request wanted it. Only such attempts make the wait after a failure longer.
    Schedule,
    /// It was due, or a request wanted it.
    Unclear,
    /// The budget for unknown keys pays for it.
    UnknownKey,
}

impl Open {
    /// Whatever drives it notices within a second that its time is over.
    pub(super) fn may_be_driven(&self, at: u64) -> bool {
        at <= self.began + FETCH_TIMEOUT
    }
}

/// The state of the world when something happens.
pub(crate) struct Scene<'a> {
    pub(crate) model: &'a Model,
    pub(crate) plan: &'a Rc<Plan>,
    pub(crate) time: &'a Time,
    /// The requests that have not been answered.
    pub(crate) live: &'a [Pending],
}

impl Fetches {
    /// Records what happened at the identity provider. Returns what a fetch returned, if one succeeded.
    ///
    /// # Errors
    ///
    /// If a fetch began that should not have.
    pub(crate) fn note(
        &mut self,
        event: Event,
        scene: &Scene<'_>,
    ) -> Result<Option<(usize, Fetched)>, String> {
        let at = scene.time.elapsed();
        match event {
            Event::Began {
                source,
                fetch,
                order,
            } => {
                if let Some(of) = scene.plan.authority(source) {
                    let reason = self.begin(of, scene)?;
                    let open = Open {
                        source,
                        order,
                        began: at,
                        date: scene.time.date(),
                        shown: scene.time.wall(),
                        plan: Rc::clone(scene.plan),
                        issuer: None,
                        reason,
                        is_replaced: false,
                    };
                    self.open.insert(fetch, open);
                }
            }
            Event::Named { fetch, issuer } => {
                if let Some(open) = self.open.get_mut(&fetch) {
                    let of = open.plan.authority(open.source);
                    match of.is_some_and(|of| may_name(of, &open.plan, &issuer)) {
                        true => open.issuer = Some(issuer),
                        false => self.fail(fetch, at),
                    }
                }
            }
            Event::Failed { fetch } => self.fail(fetch, at),
            Event::Served { fetch, keys } => {
                let fetched = self.serve(fetch, keys, scene);
                if fetched.is_none() {
                    self.fail(fetch, at)
                }
                return Ok(fetched);
            }
        }
        Ok(None)
    }

    fn fail(&mut self, fetch: u64, at: u64) {
        let open = self.open.remove(&fetch).filter(|it| !it.is_replaced);
        let Some(open) = open else {
            return;
        };
        let tries = self.by_source.entry(open.source).or_default();
        // If its time is over, nothing drove it, so another fetch takes its place.
        let is_late = at >= open.began + FETCH_TIMEOUT;
        tries.replaces += u64::from(is_late);
        if open.may_be_driven(at) {
            // A fetch whose time was over may have been replaced, so it is no failure. But the wait for the next one begins now.
            let before = tries.failed.map_or(0, |(_, failures)| failures);
            let counts = !is_late && (before == 0 || open.reason == Reason::Schedule);
            // An attempt that is not due leaves the next one where it is.
            if tries.failed.is_none() || open.reason == Reason::Schedule {
                tries.waits_from = at;
            }
            tries.failed = Some((at, before + u32::from(counts)));
            tries.failing.get_or_insert(at);
        }
    }

    /// `None` if the documents must not be used.
    fn serve(
        &mut self,
        fetch: u64,
        keys: Vec<(String, usize)>,
        scene: &Scene<'_>,
    ) -> Option<(usize, Fetched)> {
        let (model, plan, at) = (scene.model, scene.plan, scene.time.elapsed());
        let open = self.open.get(&fetch)?.clone();
        let source = open.source;
        let (of, issuer) = (plan.authority(source)?, open.issuer?);
        let is_its = |before: &Fetched| {
            tenant(&before.issuer) == tenant(&issuer) || plan.assigned(of).any(|it| *it == issuer)
        };
        if !may_name(of, plan, &issuer) || !model.last(source).is_none_or(is_its) {
            return None;
        }
        self.open.remove(&fetch);
        let tries = self.by_source.entry(source).or_default();
        // A key that may have expired may count as new to the layer.
        let is_new = |kid: &str, key| model.key(source, kid, plan, at) != Some((key, false));
        if open.reason == Reason::UnknownKey && keys.iter().any(|(kid, key)| is_new(kid, *key)) {
            tries.budget.0 += 1.0
        }
        // A key that vanished while the authority was idle has no grace. After failures, or close to the due time, the model does not know whether it was
        // idle.
        let was_idle = tries.failed.is_none() && at > tries.due.1;
        let fetched = Fetched {
            order: open.order,
            began: open.began,
            date: open.date,
            shown: open.shown,
            ended: at,
            issuer,
            keys: keys.into_iter().collect(),
            has_grace: if of.on_demand {
                was_idle.then_some(false)
            } else {
                Some(true)
            },
        };
        (tries.failed, tries.failing, tries.due) = (None, None, plan.due(at));
        Some((source, fetched))
    }
}
