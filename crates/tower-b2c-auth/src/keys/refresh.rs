//! b4. The one background task of a layer: waits for the schedule or for a demand, fetches, merges.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use futures_util::future::join_all;
use tokio::{runtime::Handle, task::AbortHandle};

use super::{
    Shared,
    authority_keys::AuthorityKeys,
    document::{self, Documents},
    fetch::FetchError,
    plan::{Success, Trigger},
};

/// Owns the task. It is started by the first request, so that a layer can be built outside of a runtime, and started again if the runtime
/// it ran on is gone.
#[derive(Debug)]
pub(super) struct Refresher {
    shared: Arc<Shared>,
    running: Arc<AtomicBool>,
    task: Mutex<Option<AbortHandle>>,
}

impl Refresher {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            running: Arc::default(),
            task: Mutex::default(),
        }
    }

    pub(super) fn ensure_running(&self) {
        if !self.running.load(Ordering::Acquire) {
            self.start();
        }
    }

    #[cold]
    fn start(&self) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if self.running.swap(true, Ordering::AcqRel) {
            return;
        }
        let running = RunningMark(Arc::clone(&self.running));
        let shared = Arc::clone(&self.shared);
        let task = runtime.spawn(async move {
            let _running = running;
            join_all((0..shared.authorities.len()).map(|at| keep_fresh(&shared, at))).await;
        });
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task.abort_handle());
    }
}

impl Drop for Refresher {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut().unwrap_or_else(PoisonError::into_inner) {
            task.abort();
        }
    }
}

/// Says that the task is gone, however it ended.
struct RunningMark(Arc<AtomicBool>);

impl Drop for RunningMark {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Never ends, unless nothing is to be fetched for this authority.
async fn keep_fresh(shared: &Shared, at: usize) {
    let (Some(keys), Some(config)) = (
        shared.authorities.get(at),
        shared.config.authorities.get(at),
    ) else {
        return;
    };
    let Some(url) = &config.metadata_url else {
        return;
    };
    loop {
        let wait = keys.plan(|plan| plan.next()).saturating_sub(shared.now());
        tokio::select! {
            () = keys.wanted.notified() => {
                if !keys.is_demanded() {
                    // A fetch that began for another reason has answered this demand.
                    continue;
                }
            }
            () = shared.clock.sleep(wait) => {}
        }
        let fetch = Fetch::begin(keys);
        let result = match tokio::time::timeout(
            shared.config.keys.fetch_timeout,
            document::fetch(&shared.fetcher, config, url),
        )
        .await
        {
            Ok(Ok(documents)) => take_over(shared, at, documents),
            Ok(Err(error)) => Err(error),
            Err(_elapsed) => Err(FetchError::Timeout),
        };
        let trigger = fetch.trigger;
        let now = Success {
            at: shared.now(),
            date: shared.clock.now(),
        };
        match result {
            Ok(news) => {
                tracing::debug!(%url, news, "keys fetched");
                keys.plan(|plan| plan.succeeded(trigger, news, now, fastrand::f64()));
            }
            Err(error) => {
                tracing::warn!(%url, %error, "keys cannot be fetched; known keys stay in use");
                keys.plan(|plan| plan.failed(trigger, error, now.at, fastrand::f64()));
            }
        }
    }
}

/// Merges the documents; the issuer is pinned by the first.
fn take_over(shared: &Shared, at: usize, documents: Documents) -> Result<bool, FetchError> {
    let (Some(keys), Some(rule)) = (
        shared.authorities.get(at),
        shared.config.verifier.authorities().get(at),
    ) else {
        return Ok(false);
    };
    rule.discover_issuer(&documents.issuer)
        .map_err(|_changed| FetchError::IssuerChanged)?;
    let forgotten = shared
        .forgotten
        .read()
        .unwrap_or_else(PoisonError::into_inner);
    Ok(keys
        .cache
        .merge(documents.keys.into_keys(), &forgotten, shared.now()))
}

/// A fetch under way. Requests wait for its end, which comes however it ends.
struct Fetch<'a> {
    keys: &'a AuthorityKeys,
    trigger: Trigger,
}

impl<'a> Fetch<'a> {
    fn begin(keys: &'a AuthorityKeys) -> Self {
        Self {
            keys,
            trigger: keys.begin(),
        }
    }
}

impl Drop for Fetch<'_> {
    fn drop(&mut self) {
        self.keys.end();
    }
}
