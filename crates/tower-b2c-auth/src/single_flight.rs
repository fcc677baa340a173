//! Calls to the service's own code: at most one at a time for each key, and every request that waits for a call's result drives the call. A forgotten call
//! goes on for those who wait for it, but no longer counts as its key's call.
//!
//! | limit | what would happen without it |
//! |---|---|
//! | one call for each key | a thousand requests of one user make a thousand queries |
//! | `max` calls at once | a flood of different users or issuers exhausts the database |
//! | a timeout for each call | a database that hangs holds requests forever |
//!
//! An error, a panic and a timeout are the same to the caller: no answer. Each is logged with the name of what was called, and without the key, which may
//! be personal data. Dropping a call runs the service's code, so it happens outside of every lock.

use std::{
    collections::HashMap, fmt::Display, hash::Hash, panic::AssertUnwindSafe, sync::Arc,
    time::Duration,
};

use foldhash::fast::RandomState;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Either, Shared, select},
};

use crate::clock::Clock;

/// A future of the result. Dropping it cancels nothing: a request that waits, or the next one with the same key, continues the call.
pub(crate) type SharedCall<T> = Shared<BoxFuture<'static, T>>;

/// The running calls.
#[derive(Debug)]
pub(crate) struct SingleFlight<K, T> {
    /// What is called, as log messages name it, such as `the source of tenants`.
    name: &'static str,
    clock: Arc<dyn Clock>,
    timeout: Duration,
    running: HashMap<K, Call<T>, RandomState>,
    /// Each call holds a clone of this until it ends or is dropped. A call that was forgotten holds one too: it continues for the requests that wait for it.
    permits: Arc<()>,
    max: usize,
    last_id: u64,
}

/// Distinguishes a call from others. A later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CallId(u64);

#[derive(Debug)]
struct Call<T> {
    result: SharedCall<T>,
    id: CallId,
    /// The call's deadline. If nothing has driven the call to its end by then, the next request calls again.
    ends_at: Duration,
}

impl<K: Eq + Hash, T: Clone> SingleFlight<K, T> {
    /// Allows `max` calls at once, each for at most `timeout`.
    pub(crate) fn new(
        name: &'static str,
        clock: Arc<dyn Clock>,
        timeout: Duration,
        max: usize,
    ) -> Self {
        Self {
            name,
            clock,
            timeout,
            running: HashMap::default(),
            permits: Arc::default(),
            max,
            last_id: 0,
        }
    }

    /// The running call with this key.
    pub(crate) fn running(&self, key: &K, now: Duration) -> Option<SharedCall<T>> {
        let call = self.running.get(key).filter(|call| now < call.ends_at)?;
        Some(call.result.clone())
    }

    /// Removes the calls past their deadline. A future that nothing polls any more would otherwise hold its resources, such as a connection, forever.
    ///
    /// Drop the result without holding a lock, because dropping runs the user's code.
    pub(crate) fn take_overdue(&mut self, now: Duration) -> Vec<SharedCall<T>> {
        let overdue = self.running.extract_if(|_, call| call.ends_at <= now);
        overdue.map(|(_, call)| call.result).collect()
    }

    /// Whether another call may start.
    pub(crate) fn has_room(&self) -> bool {
        // One of the references is our own.
        Arc::strong_count(&self.permits) <= self.max
    }

    /// Starts a call. The closure `finish` must call [`Self::finish`], and turns the result into the value that all waiting requests get. It gets `None`
    /// after an error, a panic or the timeout, each of which is logged.
    pub(crate) fn start<R, E: Display>(
        &mut self,
        key: K,
        now: Duration,
        call: impl Future<Output = Result<R, E>> + Send + 'static,
        finish: impl FnOnce(CallId, Option<R>) -> T + Send + 'static,
    ) -> SharedCall<T> {
        self.last_id = self.last_id.wrapping_add(1);
        let id = CallId(self.last_id);
        let permit = Arc::clone(&self.permits);
        let (name, timeout) = (self.name, self.clock.sleep(self.timeout));
        let result = async move {
            let call = AssertUnwindSafe(select(call.boxed(), timeout)).catch_unwind();
            let result = match call.await {
                Ok(Either::Left((Ok(result), _))) => Some(result),
                Ok(Either::Left((Err(error), _))) => {
                    tracing::warn!(%error, "{name} failed");
                    None
                }
                Ok(Either::Right(_)) => {
                    tracing::warn!("{name} did not answer in time");
                    None
                }
                Err(_panic) => {
                    tracing::error!("{name} panicked");
                    None
                }
            };
            let result = finish(id, result);
            drop(permit);
            result
        };
        let result = result.boxed().shared();
        let call = Call {
            result: result.clone(),
            id,
            ends_at: now.saturating_add(self.timeout),
        };
        self.running.insert(key, call);
        result
    }

    /// Removes a call that has ended. Returns whether it was still the current one: after its deadline, another may have replaced it.
    pub(crate) fn finish(&mut self, key: &K, id: CallId) -> bool {
        let is_current = self.running.get(key).is_some_and(|call| call.id == id);
        if is_current {
            self.running.remove(key);
        }
        is_current
    }

    /// Removes the call with this key, so that the next request calls again. Drop the result without holding a lock, because dropping runs the user's code.
    pub(crate) fn forget(&mut self, key: &K) -> Option<SharedCall<T>> {
        self.running.remove(key).map(|call| call.result)
    }

    /// Removes all calls, as [`forget`](Self::forget) removes one.
    pub(crate) fn forget_all(&mut self) -> Vec<SharedCall<T>> {
        self.running.drain().map(|(_, call)| call.result).collect()
    }

    /// The id of the latest call. `None` if no call is running.
    pub(crate) fn latest(&self) -> Option<CallId> {
        (!self.running.is_empty()).then_some(CallId(self.last_id))
    }
}
