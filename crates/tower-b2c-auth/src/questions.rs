//! Questions to code of the user's: one for each key at a time, driven by everybody who waits for the answer.

use std::{
    borrow::Borrow, collections::HashMap, fmt::Display, hash::Hash, panic::AssertUnwindSafe,
    sync::Arc, time::Duration,
};

use foldhash::fast::RandomState;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Either, Shared, select},
};

/// The answer to come. Dropping it stops nothing as long as others wait or ask again.
pub(crate) type Asking<A> = Shared<BoxFuture<'static, A>>;

/// The questions that have been asked and not answered.
#[derive(Debug)]
pub(crate) struct Questions<K, A> {
    open: HashMap<K, Question<A>, RandomState>,
    /// Each question holds one of these until it is answered or dropped, even if it is no longer open: a forgotten one runs on for those who wait.
    permits: Arc<()>,
    max: usize,
    last_id: u64,
}

/// Tells a question from an earlier one about the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuestionId(u64);

#[derive(Debug)]
struct Question<A> {
    asking: Asking<A>,
    id: QuestionId,
    /// When its time is over. If nobody has driven it by then, it is asked again.
    ends_at: Duration,
}

impl<K: Eq + Hash, A: Clone> Questions<K, A> {
    /// At most `max` at a time.
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

    /// Takes out the questions whose time is over. Those that nobody drives any more would hold what they have, such as a connection, for ever.
    ///
    /// Drop them when nothing is locked: they run code of the user's.
    pub(crate) fn take_over_due(&mut self, now: Duration) -> Vec<Asking<A>> {
        let over = self.open.extract_if(|_, question| question.ends_at <= now);
        over.map(|(_, question)| question.asking).collect()
    }

    /// Whether another question may be asked.
    pub(crate) fn has_room(&self) -> bool {
        // The first is our own.
        Arc::strong_count(&self.permits) <= self.max
    }

    /// Opens a question. `ask` makes the future that closes it.
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

    /// Closes a question that has been answered. Returns whether it was still open: if nobody drove it, it may have been asked again.
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

    /// The next request asks again. Drop the question when nothing is locked: it runs code of the user's.
    pub(crate) fn forget<Q>(&mut self, key: &Q) -> Option<Asking<A>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.open.remove(key).map(|question| question.asking)
    }

    /// The same for every key.
    pub(crate) fn forget_all(&mut self) -> Vec<Asking<A>> {
        let open = self.open.drain();
        open.map(|(_, question)| question.asking).collect()
    }
}

/// Waits for an answer until `timeout` ends. `None`, which the log explains: there was an error or a panic, or the time is over.
///
/// `who` answers; it is the subject of the sentence in the log.
pub(crate) async fn answer<T, E: Display>(
    who: &'static str,
    answer: impl Future<Output = Result<T, E>> + Send,
    timeout: impl Future<Output = ()> + Send + Unpin,
) -> Option<T> {
    let answer = AssertUnwindSafe(select(answer.boxed(), timeout)).catch_unwind();
    match answer.await {
        Ok(Either::Left((Ok(answer), _))) => return Some(answer),
        Ok(Either::Left((Err(error), _))) => tracing::warn!(%error, "{who} cannot answer"),
        Ok(Either::Right(_)) => tracing::warn!("{who} has not answered in time"),
        Err(_panic) => tracing::error!("{who} has panicked"),
    }
    None
}
