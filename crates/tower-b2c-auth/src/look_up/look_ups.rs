//! Looks users up, with one question for each user at a time, and remembers the answers.
//!
//! 1. An answer that still counts is returned at once.
//! 2. Otherwise the request waits for the open question about this user, or for a new one.
//! 3. If there are too many questions or waiting requests, an earlier result is used while it may be stale; without one, the answer is 503.
//!
//! A failure is never remembered as "no such user": a database that is down must not lock users out once it is back.

use std::{
    error::Error,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt as _, future::BoxFuture};
use quick_cache::sync::Cache;

use super::{awaited::Awaited, hook::LookUp, remembered::Remembered};
use crate::{
    claims::{UserKey, VerifiedUser},
    clock::Clock,
    config::LookUpRules,
    questions::{QuestionId, Questions, answer},
    refusal::Unjudged,
};

/// One [`LookUp`] and its answers. Limited in users, in concurrent questions and in waiting requests.
pub(crate) struct LookUps<T> {
    hook: Arc<Hook<T>>,
    rules: LookUpRules,
    clock: Arc<dyn Clock>,
    remembered: Cache<VerifiedUser, Arc<Remembered<T>>>,
    questions: Mutex<Questions<VerifiedUser, Outcome<T>>>,
    pub(super) waiting: AtomicUsize,
}

type Hook<T> = dyn Fn(VerifiedUser) -> Found<T> + Send + Sync;
type Found<T> = BoxFuture<'static, Result<Option<T>, Box<dyn Error + Send + Sync>>>;

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
        rules: LookUpRules,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let hook = Arc::new(hook);
        let hook = move |user| {
            let hook = Arc::clone(&hook);
            async move { hook.look_up(user).await }.boxed() as Found<T>
        };
        Self {
            hook: Arc::new(hook),
            remembered: Cache::new(rules.max_users),
            questions: Mutex::new(Questions::new(rules.max_at_once)),
            waiting: AtomicUsize::new(0),
            rules,
            clock,
        }
    }

    pub(crate) fn rules(&self) -> &LookUpRules {
        &self.rules
    }

    /// The remembered answer about this user, or a wait for a new one.
    pub(crate) fn look_up(self: &Arc<Self>, key: UserKey<'_>) -> Answer<T> {
        let now = self.clock.elapsed();
        if let Some(outcome) = self.known(key, now) {
            return Answer::Known(outcome);
        }
        let over = self.questions().take_over_due(now);
        drop(over);
        let mut questions = self.questions();
        // It may have been answered in the meantime.
        if let Some(outcome) = self.known(key, now) {
            return Answer::Known(outcome);
        }
        if !self.take_place() {
            return self.too_many(key, now);
        }
        let user = VerifiedUser::from(key);
        let asking = match questions.under_way(&user, now) {
            Some(asking) => asking,
            None if !questions.has_room() => {
                self.free_place();
                return self.too_many(key, now);
            }
            None => {
                let ends_at = now.saturating_add(self.rules.timeout);
                let ask = |id| self.ask(user.clone(), id, now);
                questions.open(user.clone(), ends_at, ask)
            }
        };
        Answer::Awaited(Awaited::new(asking, Arc::clone(self)))
    }

    /// Forgets the answer about this user, and an open question, so that the next request asks a new one.
    pub(crate) fn forget(&self, key: UserKey<'_>) {
        let mut questions = self.questions();
        let forgotten = questions.forget(&VerifiedUser::from(key));
        self.remembered.remove(&key);
        drop(questions);
        drop(forgotten);
    }

    /// Forgets all answers and open questions.
    pub(crate) fn forget_all(&self) {
        let mut questions = self.questions();
        let forgotten = questions.forget_all();
        self.remembered.clear();
        drop(questions);
        drop(forgotten);
    }

    /// The answer while no question may be asked: an earlier result, if it still counts.
    fn too_many(&self, key: UserKey<'_>, now: Duration) -> Answer<T> {
        let before = self.remembered.get(&key);
        let found = before.and_then(|before| before.found_before(now, &self.rules));
        Answer::Known(match found {
            Some(found) => Ok(Some(found)),
            None => Err(Unjudged::TooManyLookUps {
                retry_after: self.rules.timeout,
            }),
        })
    }

    fn known(&self, key: UserKey<'_>, now: Duration) -> Option<Outcome<T>> {
        self.remembered.get(&key)?.counting(now)
    }

    fn ask(
        self: &Arc<Self>,
        user: VerifiedUser,
        id: QuestionId,
        asked: Duration,
    ) -> impl Future<Output = Outcome<T>> + Send + use<T> {
        let hook = Arc::clone(&self.hook);
        let timeout = self.clock.sleep(self.rules.timeout);
        let this = Arc::downgrade(self);
        async move {
            let find = async { hook(user.clone()).await };
            let found = answer("the look-up of a user", find, timeout).await;
            finish(&this, user, id, asked, found.map(|it| it.map(Arc::new)))
        }
    }

    fn take_place(&self) -> bool {
        let max = self.rules.max_waiting;
        let next = |count: usize| (count < max).then(|| count.saturating_add(1));
        self.waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, next)
            .is_ok()
    }

    fn questions(&self) -> MutexGuard<'_, Questions<VerifiedUser, Outcome<T>>> {
        self.questions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> LookUps<T> {
    pub(super) fn free_place(&self) {
        self.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

fn finish<T: Send + Sync + 'static>(
    look_ups: &Weak<LookUps<T>>,
    user: VerifiedUser,
    id: QuestionId,
    asked: Duration,
    found: Option<Option<Arc<T>>>,
) -> Outcome<T> {
    // A waiting request keeps the look-ups alive.
    let look_ups = look_ups.upgrade().ok_or(Unjudged::LookUpFailed {
        retry_after: Duration::ZERO,
    })?;
    let (rules, now) = (&look_ups.rules, look_ups.clock.elapsed());
    let mut questions = look_ups.questions();
    let is_open = questions.close(&user, id);
    let heard = match found {
        Some(found) => Remembered::answered(found, asked, rules),
        None => {
            let before = look_ups.remembered.get(&user);
            Remembered::unanswered(before.as_deref(), now, rules)
        }
    };
    let outcome = heard.last_heard(now);
    // If the user was forgotten in the meantime, the answer may predate the change.
    if is_open {
        look_ups.remembered.insert(user, Arc::new(heard));
    }
    outcome
}

impl<T> fmt::Debug for LookUps<T> {
    /// Shows neither users nor results.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookUps")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
