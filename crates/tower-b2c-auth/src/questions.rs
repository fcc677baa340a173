//! Calls to the user's own code, one at a time for each key. Every request that waits for the answer drives the call.

use std::{
    borrow::Borrow, collections::HashMap, fmt::Display, hash::Hash, panic::AssertUnwindSafe,
    sync::Arc, time::Duration,
};

use foldhash::fast::RandomState;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Either, Shared, select},
};

/// A future of the answer. Dropping it cancels nothing: a request that waits, or the next one that asks, continues it.
pub(crate) type Asking<A> = Shared<BoxFuture<'static, A>>;

/// The questions without an answer yet.
#[derive(Debug)]
pub(crate) struct Questions<K, A> {
    open: HashMap<K, Question<A>, RandomState>,
    /// Each question holds one of these until it is answered or dropped, even if it is no longer open: a forgotten one runs on for those who wait.
    permits: Arc<()>,
    max: usize,
    last_id: u64,
}

/// Distinguishes a question from an earlier one about the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuestionId(u64);

#[derive(Debug)]
struct Question<A> {
    asking: Asking<A>,
    id: QuestionId,
    /// Its deadline. A question that nothing has driven to its end by then is asked again.
    ends_at: Duration,
}

impl<K: Eq + Hash, A: Clone> Questions<K, A> {
    /// Allows `max` open questions.
    pub(crate) fn new(max: usize) -> Self {
        Self {
            open: HashMap::default(),
            permits: Arc::default(),
            max,
            last_id: 0,
        }
    }

    /// The open question about this key.
    pub(crate) fn under_way<Q>(&self, key: &Q, now: Duration) -> Option<Asking<A>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let question = self.open.get(key).filter(|it| now < it.ends_at)?;
        Some(question.asking.clone())
    }

    /// Removes the questions past their deadline. A future that nothing polls any more would otherwise hold its resources, such as a connection, forever.
    ///
    /// Drop the result without holding a lock, because dropping runs the user's code.
    pub(crate) fn take_over_due(&mut self, now: Duration) -> Vec<Asking<A>> {
        let over = self.open.extract_if(|_, question| question.ends_at <= now);
        over.map(|(_, question)| question.asking).collect()
    }

    /// Whether another question may be asked.
    pub(crate) fn has_room(&self) -> bool {
        // The first is our own.
        Arc::strong_count(&self.permits) <= self.max
    }

    /// Opens a question. `ask` returns the future that answers it and closes it.
    pub(crate) fn open<F>(
        &mut self,
        key: K,
        ends_at: Duration,
        ask: impl FnOnce(QuestionId) -> F,
    ) -> Asking<A>
    where
        F: Future<Output = A> + Send + 'static,
    {
        self.last_id = self.last_id.wrapping_add(1);
        let id = QuestionId(self.last_id);
        let permit = Arc::clone(&self.permits);
        let answer = ask(id);
        let asking = async move {
            let answer = answer.await;
            drop(permit);
            answer
        };
        let asking = asking.boxed().shared();
        let question = Question {
            asking: asking.clone(),
            id,
            ends_at,
        };
        self.open.insert(key, question);
        asking
    }

    /// Closes an answered question. Returns whether it was still open: after its deadline, another may have replaced it.
    pub(crate) fn close<Q>(&mut self, key: &Q, id: QuestionId) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let is_open = self.open.get(key).is_some_and(|open| open.id == id);
        if is_open {
            self.open.remove(key);
        }
        is_open
    }

    /// Removes the question about this key, so that the next request asks a new one. Drop the returned question while nothing is locked: that runs the user's
    /// code.
    pub(crate) fn forget<Q>(&mut self, key: &Q) -> Option<Asking<A>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.open.remove(key).map(|question| question.asking)
    }

    /// Removes all questions, as [`forget`](Self::forget) removes one.
    pub(crate) fn forget_all(&mut self) -> Vec<Asking<A>> {
        let open = self.open.drain();
        open.map(|(_, question)| question.asking).collect()
    }
}

/// Waits for an answer until `timeout` completes. `None` after an error, a panic or the timeout, each of which is logged.
///
/// `who` is the subject of the log message, such as `the source of tenants`.
pub(crate) async fn answer<T, E: Display>(
    who: &'static str,
    answer: impl Future<Output = Result<T, E>> + Send,
    timeout: impl Future<Output = ()> + Send + Unpin,
) -> Option<T> {
    let answer = AssertUnwindSafe(select(answer.boxed(), timeout)).catch_unwind();
    match answer.await {
        Ok(Either::Left((Ok(answer), _))) => return Some(answer),
        Ok(Either::Left((Err(error), _))) => tracing::warn!(%error, "{who} cannot answer"),
        Ok(Either::Right(_)) => tracing::warn!("{who} did not answer in time"),
        Err(_panic) => tracing::error!("{who} panicked"),
    }
    None
}
