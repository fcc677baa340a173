//! The fetch under way: one future, which every waiting request drives.
//!
//! There is at most one fetch for each source. Each request that needs it gets a clone of the same shared future, so a thousand requests with a new key cause one
//! fetch.
//!
//! A fetch can lose everything that drives it: the clients hang up, or the runtime of the background task is gone. It then stands still. Once its deadline
//! has passed, the next request or the background task replaces it. The abandoned fetch says nothing about the identity provider, so it is not a failure,
//! and its replacement costs no budget.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Either, Shared, ready, select},
};

use super::{
    documents::{self, Documents},
    events::{log_event, log_no_published_key},
    fetch::FetchError,
    health::AuthorityStatus,
    ids::{EndedFetches, Sequence},
    plan::{Success, Trigger},
    source::{KeySource, State},
};

/// Completes when the fetch has ended, whether it succeeded or failed. Dropping it cancels nothing: a request that waits, or the next one that asks,
/// continues the fetch.
pub(crate) type Fetching = Shared<BoxFuture<'static, ()>>;

/// The running fetch of one source.
#[derive(Debug)]
pub(super) struct UnderWay {
    pub(super) fetching: Fetching,
    id: Sequence,
    /// Its deadline.
    ends_at: Duration,
    /// Whether the background task drives it.
    has_task: bool,
}

impl UnderWay {
    fn drive(&mut self) -> Scheduled {
        self.has_task = true;
        Scheduled::Drive(self.fetching.clone(), self.id)
    }

    /// Whether the background task seems to drive it.
    pub(super) fn is_driven(&self, now: Duration) -> bool {
        self.has_task && now < self.abandoned_at()
    }

    /// Whether nothing drives it any more: the clients have hung up, or the runtime is gone. `waiting` is the number of requests that wait for it.
    fn is_abandoned(&self, waiting: usize, now: Duration) -> bool {
        let may_be_driven = self.has_task || waiting > 0;
        now >= if may_be_driven {
            self.abandoned_at()
        } else {
            self.ends_at
        }
    }

    fn abandoned_at(&self) -> Duration {
        self.ends_at.saturating_add(TIME_TO_END)
    }
}

impl KeySource {
    /// A future that completes with the fetch under way, or with one that begins now. `None` if none may begin yet.
    pub(crate) fn fetch(self: &Arc<Self>, trigger: Trigger) -> Option<Fetching> {
        self.fetch_in(&mut self.lock(), trigger)
    }

    /// The same for a token that was judged when this many fetches had ended. If a fetch of this source has ended since, the future is ready at once,
    /// because that result may settle the matter.
    pub(crate) fn fetch_for_token(self: &Arc<Self>, ended: EndedFetches) -> Option<Fetching> {
        let mut state = self.lock();
        if state.ended > ended {
            return Some(ready(()).boxed().shared());
        }
        self.fetch_in(&mut state, Trigger::UnknownKey)
    }

    fn fetch_in(self: &Arc<Self>, state: &mut State, trigger: Trigger) -> Option<Fetching> {
        let now = self.context.now();
        match &state.under_way {
            Some(under_way) if !self.is_abandoned(under_way, now) => {
                Some(under_way.fetching.clone())
            }
            Some(_) => self.start(state, Trigger::Schedule, now),
            None => self.begin(state, trigger, now),
        }
    }

    fn is_abandoned(&self, under_way: &UnderWay, now: Duration) -> bool {
        under_way.is_abandoned(self.waiting.load(Ordering::Relaxed), now)
    }

    /// The fetch that is under way.
    pub(crate) fn under_way(&self) -> Option<Fetching> {
        let state = self.lock();
        state.under_way.as_ref().map(|it| it.fetching.clone())
    }

    /// What the scheduler must do for this source: drive a fetch, come back later, or nothing. With `may_begin`, a fetch that is due begins here.
    pub(super) fn scheduled(self: &Arc<Self>, may_begin: bool) -> Scheduled {
        let now = self.context.now();
        let mut state = self.lock();
        let under_way = state.under_way.as_ref();
        if under_way.is_some_and(|it| !it.has_task && self.is_abandoned(it, now)) {
            self.start(&mut state, Trigger::Schedule, now);
        }
        if let Some(under_way) = &mut state.under_way {
            return under_way.drive();
        }
        if self.metadata.is_none() || state.on_demand {
            return Scheduled::Nothing;
        }
        let next = state.plan.next().max(state.lost_until);
        if next > now || !may_begin {
            return Scheduled::Later(next);
        }
        self.begin(&mut state, Trigger::Schedule, now);
        let begun = state.under_way.as_mut();
        begun.map_or(Scheduled::Nothing, UnderWay::drive)
    }

    fn begin(
        self: &Arc<Self>,
        state: &mut State,
        trigger: Trigger,
        now: Duration,
    ) -> Option<Fetching> {
        self.metadata.as_ref()?;
        let trigger = state.plan.may_begin(trigger, now)?;
        self.start(state, trigger, now)
    }

    /// Begins a fetch. It may replace one that nothing drove: that was no failure, and the replacement costs no budget.
    fn start(
        self: &Arc<Self>,
        state: &mut State,
        trigger: Trigger,
        now: Duration,
    ) -> Option<Fetching> {
        let source = Arc::clone(self.metadata.as_ref()?);
        let rule = Arc::clone(state.rule.as_ref()?);
        let context = &self.context;
        let id = context.next_in_order();
        let fetch = context.fetch();
        let max_bytes = state.config.max_document_bytes;
        let last_error = state.last_error;
        let timeout = context.clock.sleep(state.config.fetch_timeout);
        let this = Arc::downgrade(self);
        let shared = Arc::clone(context);
        let run = async move {
            // The fetch begins when it is first polled: it shows everything published before that.
            let success = Success {
                sequence: shared.next_in_order(),
                at: shared.now(),
                date: shared.clock.now(),
            };
            let documents = async {
                let pool = &shared.pool;
                documents::fetch(&*fetch, &source, &rule, pool, max_bytes, last_error).await
            };
            let documents = documents.boxed();
            // Without timers or sockets, the runtime panics, which counts as a failed fetch.
            let documents = AssertUnwindSafe(select(documents, timeout)).catch_unwind();
            let outcome = match documents.await {
                Ok(Either::Left((documents, _))) => documents,
                Ok(Either::Right(_)) => Err(FetchError::Timeout),
                Err(_panic) => Err(FetchError::Interrupted),
            };
            finish(&this, id, trigger, success, outcome);
        };
        let fetching = run.boxed().shared();
        state.under_way = Some(UnderWay {
            fetching: fetching.clone(),
            id,
            ends_at: now.saturating_add(state.config.fetch_timeout),
            has_task: false,
        });
        context.wake_ups.one(self.id);
        Some(fetching)
    }
}

/// A fetch that was replaced in the meantime changes nothing. One that timed out with nothing driving it does not count as a failure, nor does one that lost
/// its runtime. Everything becomes visible under one lock, and only then does the fetch count as ended.
fn finish(
    source: &Weak<KeySource>,
    id: Sequence,
    trigger: Trigger,
    success: Success,
    outcome: Result<Documents, FetchError>,
) {
    let Some(source) = source.upgrade() else {
        return;
    };
    let now = source.context.now();
    let mut state = source.lock();
    let under_way = state.under_way.as_ref().filter(|it| it.id == id);
    let Some(under_way) = under_way else {
        // This fetch was abandoned, and another one has begun.
        return;
    };
    let was_driven = now < under_way.abandoned_at();
    let before = source.status_of(&state, now);
    let outcome = outcome.and_then(|documents| source.merge(&mut state, documents, now));
    state.under_way = None;
    state.last_error = outcome.err();
    match outcome {
        // These fetches say nothing about the identity provider. The schedule stays as it was.
        Err(FetchError::RuntimeEnded {}) => {
            state.lost_until = now.saturating_add(PAUSE_IF_LOST);
            state.plan.lost(trigger);
        }
        Err(FetchError::Timeout) if !was_driven => {}
        Ok(news) => {
            let jitter = fastrand::f64();
            state.plan.succeeded(trigger, news, success, now, jitter);
            if source.lacks_published_keys(now) {
                state.plan.brought_no_key(now, jitter);
            }
        }
        Err(error) => {
            let is_cold = source.lacks_published_keys(now);
            state
                .plan
                .failed(trigger, error, is_cold, now, fastrand::f64());
        }
    }
    source.note_schedule(&state);
    state.ended = source.context.count_end();
    let after = source.status_of(&state, now);
    let is_cold = matches!(after, AuthorityStatus::Cold { .. });
    let was_cold = std::mem::replace(&mut state.was_cold, is_cold);
    let brought_no_key = match outcome {
        Ok(_) => source.lacks_published_keys(now),
        Err(_) => state.brought_no_key,
    };
    let had_brought_no_key = std::mem::replace(&mut state.brought_no_key, brought_no_key);
    drop(state);
    log_event(&source, outcome, (before, was_cold), after);
    if brought_no_key && !had_brought_no_key && !is_cold {
        log_no_published_key(&source);
    }
}

/// The result of [`KeySource::scheduled`].
pub(super) enum Scheduled {
    Drive(Fetching, Sequence),
    Later(Duration),
    Nothing,
}

/// How long it may take until a fetch's deadline is noticed.
const TIME_TO_END: Duration = Duration::from_secs(1);
/// After a fetch that lost its runtime. A request may begin one at once, but the background task must not repeat it without a pause.
const PAUSE_IF_LOST: Duration = Duration::from_secs(1);
