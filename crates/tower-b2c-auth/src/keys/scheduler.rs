//! The one background task of a layer: begins the fetches that are due, and drives all that are under way.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use arc_swap::ArcSwap;
use futures_util::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use tokio::{runtime::Handle, task::AbortHandle};

use super::{context::KeyContext, source::KeySource, under_way::Scheduled};

/// Owns the task. It is started by the first request, so that a layer can be built outside of a runtime, and started again if the runtime
/// it ran on is gone. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Scheduler {
    context: Arc<KeyContext>,
    sources: Arc<ArcSwap<Vec<Arc<KeySource>>>>,
    running: Arc<AtomicBool>,
    task: Mutex<Option<AbortHandle>>,
}

impl Scheduler {
    pub(crate) fn new(context: Arc<KeyContext>) -> Self {
        Self {
            context,
            sources: Arc::default(),
            running: Arc::default(),
            task: Mutex::default(),
        }
    }

    /// Looks after these sources from now on, and no longer after others.
    pub(crate) fn look_after(&self, sources: Vec<Arc<KeySource>>) {
        self.sources.store(Arc::new(sources));
        self.context.wake.notify_one();
    }

    /// Makes sure that the task runs. Costs one atomic load when it does.
    pub(crate) fn ensure_running(&self) {
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
        let (context, sources) = (Arc::clone(&self.context), Arc::clone(&self.sources));
        let task = runtime.spawn(async move {
            let _running = running;
            run(&context, &sources).await;
        });
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task.abort_handle());
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        // The sources hold the context, which the task shares.
        self.sources.store(Arc::default());
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

/// Ends only on a runtime without timers.
async fn run(context: &KeyContext, sources: &ArcSwap<Vec<Arc<KeySource>>>) {
    let mut fetches = FuturesUnordered::new();
    let mut driven = HashSet::new();
    loop {
        let mut next = None;
        for source in sources.load_full().iter() {
            match source.scheduled(fetches.len() < MAX_CONCURRENT_FETCHES) {
                Scheduled::Drive(fetching, id) => {
                    if driven.insert(id) {
                        fetches.push(fetching.map(move |()| id));
                    }
                }
                Scheduled::Later(at) => next = Some(next.map_or(at, |known| at.min(known))),
                Scheduled::Nothing => {}
            }
        }
        let sleep = async {
            match next {
                Some(at) => context.clock.sleep(at.saturating_sub(context.now())).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // In this order each time, so that a simulated schedule repeats. Nothing starves: every round polls the fetches, of which there are few, and looks at
            // all sources.
            biased;
            Some(id) = fetches.next() => {
                driven.remove(&id);
            }
            () = context.wake.notified() => {}
            // Without timers it would not rest. The requests do its work.
            () = sleep => if next.is_some_and(|at| context.now() < at) {
                return;
            },
        }
    }
}

/// How many regular fetches run at once. Those that a token waits for are not held back.
const MAX_CONCURRENT_FETCHES: usize = 32;
