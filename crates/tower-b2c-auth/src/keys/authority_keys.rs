//! One authority: its keys, its plan, and the fetch that requests wait for.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use b2c_verify::NumericDate;
use tokio::sync::{Notify, watch};

use super::{
    cache::KeyCache,
    live_key::LiveKey,
    plan::{FetchPlan, Trigger},
    times::KeyTimes,
};
use crate::config::AuthorityConfig;

#[derive(Debug)]
pub(super) struct AuthorityKeys {
    pub(super) inline: Vec<Arc<LiveKey>>,
    pub(super) cache: KeyCache,
    pub(super) wanted: Notify,
    fetches: bool,
    max_stale: Duration,
    state: Mutex<State>,
    progress: watch::Sender<Progress>,
}

#[derive(Debug)]
struct State {
    plan: FetchPlan,
    /// Somebody asked for a fetch that has not begun.
    demanded: Option<Trigger>,
}

/// How many fetches have begun and ended.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    begun: u64,
    ended: u64,
}

impl AuthorityKeys {
    pub(super) fn new(config: &AuthorityConfig, times: &KeyTimes) -> Self {
        Self {
            inline: config
                .inline_keys
                .iter()
                .cloned()
                .map(|key| Arc::new(LiveKey::unlimited(key)))
                .collect(),
            cache: KeyCache::new(times.max_stale, times.retired_key_grace),
            wanted: Notify::new(),
            fetches: config.metadata_url.is_some(),
            max_stale: times.max_stale,
            state: Mutex::new(State {
                plan: FetchPlan::new(times.refresh_interval, times.unknown_key_cooldown),
                demanded: None,
            }),
            progress: watch::Sender::new(Progress::default()),
        }
    }

    /// A wait for the fetch that answers this demand: the one under way, or one that it brings about; none if its time has not come.
    ///
    /// `seen` is how many fetches had [ended](Self::ended) when the need was found. If there are more by now, there is nothing to wait for:
    /// the need has to be looked at again.
    pub(super) fn demand(
        &self,
        now: Duration,
        trigger: Trigger,
        seen: u64,
    ) -> Option<impl Future<Output = ()> + Send + use<>> {
        if !self.fetches {
            return None;
        }
        let mut state = self.lock();
        let progress = *self.progress.borrow();
        let due = match trigger {
            Trigger::Operator => true,
            Trigger::Schedule => state.plan.next() <= now,
            Trigger::UnknownKey => state.plan.next() <= now || state.plan.may_fetch_on_demand(now),
        };
        let awaited = if trigger != Trigger::Operator && progress.ended > seen {
            progress.ended
        } else if trigger != Trigger::Operator && progress.begun > progress.ended {
            progress.begun
        } else if state.demanded.is_some() || due {
            // Recorded even when a regular fetch is due anyway: then it is that fetch which uses up the cool-down.
            if state.demanded.is_none() {
                state.demanded = Some(trigger);
                self.wanted.notify_one();
            }
            progress.begun.saturating_add(1)
        } else {
            return None;
        };
        drop(state);
        let mut progress = self.progress.subscribe();
        Some(async move {
            // An error means that the layer is gone; whoever still waits is judged by what is known.
            progress
                .wait_for(|progress| progress.ended >= awaited)
                .await
                .ok();
        })
    }

    /// How many fetches have ended.
    pub(super) fn ended(&self) -> u64 {
        self.progress.borrow().ended
    }

    /// How long until the next attempt, if it cannot be said now that the authority has no such key.
    pub(super) fn undecided(
        &self,
        issued_at: Option<NumericDate>,
        asked_at: Duration,
        now: Duration,
    ) -> Option<Duration> {
        if !self.fetches {
            return None;
        }
        let state = self.lock();
        let settled = state.plan.success().is_some_and(|success| {
            let age = now.saturating_sub(success.at);
            success.at >= asked_at
                || (age < self.max_stale
                    && issued_at.is_some_and(|issued_at| issued_at <= success.date))
        });
        (!settled).then(|| state.plan.next_attempt().saturating_sub(now))
    }

    pub(super) fn inherit(&self, before: &Self, now: Duration) {
        self.cache.inherit(&before.cache, now);
        let (success, next) = before.plan(|plan| (plan.success(), plan.next()));
        if let Some(success) = success {
            self.plan(|plan| plan.restore(success, next));
        }
    }

    pub(super) fn forget(&self, kid: &str) {
        self.cache.forget(kid);
        for key in self.inline.iter().filter(|key| key.kid() == Some(kid)) {
            key.end();
        }
    }

    pub(super) fn is_demanded(&self) -> bool {
        self.lock().demanded.is_some()
    }

    /// Marks the beginning of a fetch; returns who asked for it.
    pub(super) fn begin(&self) -> Trigger {
        // Under the lock, so that no demand can come between and cause a second fetch.
        let mut state = self.lock();
        self.progress
            .send_modify(|progress| progress.begun = progress.begun.saturating_add(1));
        state.demanded.take().unwrap_or(Trigger::Schedule)
    }

    /// Marks the end of a fetch, also of one that was cut off with the task that ran it.
    pub(super) fn end(&self) {
        self.progress
            .send_modify(|progress| progress.ended = progress.begun);
    }

    pub(super) fn plan<T>(&self, look: impl FnOnce(&mut FetchPlan) -> T) -> T {
        look(&mut self.lock().plan)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in the critical sections can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
