//! Looks users up, with one call for each user at a time, and remembers the answers.
//!
//! 1. An answer that is still valid is returned at once.
//! 2. Otherwise the request waits for the running call for this user, or for a new one.
//! 3. If there are too many calls or waiting requests, an earlier result is used for up to `stale_for`; without one, the answer is 503.
//!
//! A failure is never remembered as "no such user": a database that is down must not lock users out once it is back.

use std::{
    error::Error,
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::{FutureExt as _, future::BoxFuture};
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use super::{awaited::Awaited, hook::LookUp, remembered::Remembered};
use crate::{
    claims::{UserKey, VerifiedUser},
    clock::Clock,
    config::LookUpConfig,
    refusal::Unjudged,
    single_flight::{CallId, SharedCall, SingleFlight},
};

/// One [`LookUp`] and its answers. Limited in users, in concurrent calls and in waiting requests.
pub(crate) struct LookUps<T> {
    hook: Arc<Hook<T>>,
    pub(crate) config: LookUpConfig,
    clock: Arc<dyn Clock>,
    remembered: Cache<VerifiedUser, Arc<Remembered<T>>>,
    calls: Mutex<SingleFlight<VerifiedUser, Outcome<T>>>,
    /// A permit for each request that may wait.
    waiting: Arc<Semaphore>,
}

type Hook<T> = dyn Fn(VerifiedUser) -> HookFuture<T> + Send + Sync;
type HookFuture<T> = BoxFuture<'static, Result<Option<T>, Box<dyn Error + Send + Sync>>>;

/// The result of a look-up; `None` if there is no such user.
pub(crate) type Outcome<T> = Result<Option<Arc<T>>, Unjudged>;

/// The answer about a user: now, or later.
pub(crate) enum Answer<T> {
    Known(Outcome<T>),
    Awaited(Awaited<T>),
}

impl<T: Send + Sync + 'static> LookUps<T> {
    pub(crate) fn new(
        hook: impl LookUp<Found = T>,
        config: LookUpConfig,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let hook = Arc::new(hook);
        let hook = move |user| {
            let hook = Arc::clone(&hook);
            async move { hook.look_up(user).await }.boxed() as HookFuture<T>
        };
        Self {
            hook: Arc::new(hook),
            remembered: Cache::new(config.max_users),
            calls: Mutex::new(SingleFlight::new(
                "the look-up of a user",
                Arc::clone(&clock),
                config.timeout,
                config.max_at_once,
            )),
            waiting: Arc::new(Semaphore::new(
                config.max_waiting.min(Semaphore::MAX_PERMITS),
            )),
            config,
            clock,
        }
    }

    /// The remembered answer about this user, or a wait for a new one.
    pub(crate) fn look_up(self: &Arc<Self>, key: UserKey<'_>) -> Answer<T> {
        let now = self.clock.elapsed();
        if let Some(outcome) = self.known(key, now) {
            return Answer::Known(outcome);
        }
        let over = self.calls.lock().take_overdue(now);
        drop(over);
        let mut calls = self.calls.lock();
        // The look-up of this user may have been answered in the meantime.
        if let Some(outcome) = self.known(key, now) {
            return Answer::Known(outcome);
        }
        let Ok(permit) = Arc::clone(&self.waiting).try_acquire_owned() else {
            return self.too_many(key, now);
        };
        let user = VerifiedUser::from(key);
        let call = match calls.running(&user, now) {
            Some(call) => call,
            None if !calls.has_room() => return self.too_many(key, now),
            None => self.call(user.clone(), now, &mut calls),
        };
        Answer::Awaited(Awaited {
            look_ups: Arc::clone(self),
            user,
            call,
            timeout: self.clock.sleep(self.config.timeout),
            permit,
        })
    }

    /// The answer for a request that has waited long enough.
    pub(super) fn given_up(&self, user: &VerifiedUser) -> Outcome<T> {
        let now = self.clock.elapsed();
        let before = self.remembered.get(user);
        if let Some(outcome) = before.as_ref().and_then(|before| before.valid_at(now)) {
            return outcome;
        }
        Remembered::unanswered(before.as_deref(), now, &self.config).last_answer(now)
    }

    /// Forgets the answer about this user, and a running call, so that the next request calls again.
    pub(crate) fn forget(&self, key: UserKey<'_>) {
        let mut calls = self.calls.lock();
        let forgotten = calls.forget(&VerifiedUser::from(key));
        self.remembered.remove(&key);
        drop(calls);
        drop(forgotten);
    }

    /// Forgets all answers and running calls.
    pub(crate) fn forget_all(&self) {
        let mut calls = self.calls.lock();
        let forgotten = calls.forget_all();
        self.remembered.clear();
        drop(calls);
        drop(forgotten);
    }

    /// The answer while no call may start: an earlier result, if it is still valid.
    fn too_many(&self, key: UserKey<'_>, now: Duration) -> Answer<T> {
        let before = self.remembered.get(&key);
        let found = before.and_then(|before| before.found_before(now, &self.config));
        Answer::Known(match found {
            Some(found) => Ok(Some(found)),
            None => Err(Unjudged::TooManyLookUps {
                retry_after: self.config.timeout,
            }),
        })
    }

    fn known(&self, key: UserKey<'_>, now: Duration) -> Option<Outcome<T>> {
        self.remembered.get(&key)?.valid_at(now)
    }

    fn call(
        self: &Arc<Self>,
        user: VerifiedUser,
        now: Duration,
        calls: &mut SingleFlight<VerifiedUser, Outcome<T>>,
    ) -> SharedCall<Outcome<T>> {
        let (hook, called_for) = (Arc::clone(&self.hook), user.clone());
        let call = async move { hook(called_for).await };
        let (this, key) = (Arc::downgrade(self), user.clone());
        calls.start(key, now, call, move |id, found| {
            finish(&this, user, id, now, found.map(|it| it.map(Arc::new)))
        })
    }
}

fn finish<T: Send + Sync + 'static>(
    look_ups: &Weak<LookUps<T>>,
    user: VerifiedUser,
    id: CallId,
    called_at: Duration,
    found: Option<Option<Arc<T>>>,
) -> Outcome<T> {
    // A waiting request keeps the look-ups alive.
    let look_ups = look_ups.upgrade().ok_or(Unjudged::LookUpFailed {
        retry_after: Duration::ZERO,
    })?;
    let (config, now) = (&look_ups.config, look_ups.clock.elapsed());
    let mut calls = look_ups.calls.lock();
    let is_current = calls.finish(&user, id);
    let remembered = match found {
        Some(found) => Remembered::answered(found, called_at, config),
        None => {
            let before = look_ups.remembered.get(&user);
            Remembered::unanswered(before.as_deref(), now, config)
        }
    };
    let outcome = remembered.last_answer(now);
    // If the user was forgotten in the meantime, because something about the user changed, the answer may be older than that change.
    if is_current {
        look_ups.remembered.insert(user, Arc::new(remembered));
    }
    outcome
}
