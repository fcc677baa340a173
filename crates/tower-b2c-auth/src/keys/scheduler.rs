//! The one background task of a layer: begins the fetches that are due, and drives all that are under way.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::{runtime::Handle, task::AbortHandle};

use super::{
    agenda::Agenda, context::KeyContext, source::KeySource, under_way::Scheduled, wake_ups::Wanted,
};

/// Owns the task. The first request starts it, so a layer can be built outside a runtime. If its runtime is gone, the next request starts it again.
/// It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Scheduler {
    context: Arc<KeyContext>,
    sources: Arc<Sources>,
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
    pub(crate) fn look_after(&self, sources: impl IntoIterator<Item = Arc<KeySource>>) {
        self.sources.replace(sources);
        self.context.wake_ups.all();
    }

    /// Looks after this source too.
    pub(crate) fn add(&self, source: Arc<KeySource>) {
        let id = source.id;
        self.sources.lock().insert(id, source);
        self.context.wake_ups.one(id);
    }

    /// Looks no longer after this source.
    pub(crate) fn remove(&self, source: &KeySource) {
        self.sources.lock().remove(&source.id);
        self.context.wake_ups.one(source.id);
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
        self.sources.replace([]);
        if let Some(task) = self.task.get_mut().unwrap_or_else(PoisonError::into_inner) {
            task.abort();
        }
    }
}

/// What the task looks after, by ids: in the order in which the settings, or later calls, brought them.
#[derive(Debug, Default)]
struct Sources(Mutex<BTreeMap<u64, Arc<KeySource>>>);

impl Sources {
    fn replace(&self, sources: impl IntoIterator<Item = Arc<KeySource>>) {
        let sources = sources.into_iter().map(|source| (source.id, source));
        let sources = sources.collect();
        let before = std::mem::replace(&mut *self.lock(), sources);
        // Dropped after unlocking, because there may be many.
        drop(before);
    }

    fn get(&self, id: u64) -> Option<Arc<KeySource>> {
        self.lock().get(&id).cloned()
    }

    fn ids(&self) -> std::vec::IntoIter<u64> {
        self.lock().keys().copied().collect::<Vec<_>>().into_iter()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<KeySource>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes that the task has ended, whatever ended it.
struct RunningMark(Arc<AtomicBool>);

impl Drop for RunningMark {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Ends only on a runtime without timers.
async fn run(context: &KeyContext, sources: &Sources) {
    let mut work = Work::default();
    // An earlier task may have taken wake-ups and then ended.
    context.wake_ups.all();
    loop {
        match context.wake_ups.take() {
            Wanted::These(ids) => ids.into_iter().for_each(|id| work.look_at(id, sources)),
            Wanted::All => sources.ids().for_each(|id| work.look_at(id, sources)),
        }
        while work.has_room()
            && let Some(id) = work.agenda.pop_due(context.now())
        {
            work.look_at(id, sources);
        }
        let next = work.agenda.next().filter(|_| work.has_room());
        let sleep = async {
            match next {
                Some(at) => context.clock.sleep(at.saturating_sub(context.now())).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // In this order each time, so that a simulated schedule repeats. Nothing starves: the number of fetches is bounded, and each round looks at what is due.
            biased;
            Some((fetch, source)) = work.fetches.next() => {
                work.driven.remove(&fetch);
                work.look_at(source, sources);
            }
            () = context.wake_ups.notified() => {}
            // Without timers it would spin. The requests then do its work.
            () = sleep => if next.is_some_and(|at| context.now() < at) {
                return;
            },
        }
    }
}

/// What the task has to do.
#[derive(Default)]
struct Work {
    fetches: FuturesUnordered<BoxFuture<'static, (u64, u64)>>,
    /// The fetches among them, by their ids.
    driven: HashSet<u64>,
    agenda: Agenda,
}

impl Work {
    fn has_room(&self) -> bool {
        self.fetches.len() < MAX_CONCURRENT_FETCHES
    }

    fn look_at(&mut self, id: u64, sources: &Sources) {
        let Some(source) = sources.get(id) else {
            self.agenda.remove(id);
            return;
        };
        match source.scheduled(self.has_room()) {
            Scheduled::Drive(fetching, fetch) => {
                self.agenda.remove(id);
                if self.driven.insert(fetch) {
                    self.fetches
                        .push(fetching.map(move |()| (fetch, id)).boxed());
                }
            }
            Scheduled::Later(at) => self.agenda.put(id, at),
            Scheduled::Nothing => self.agenda.remove(id),
        }
    }
}

/// How many regular fetches run at once. Fetches that a token waits for are not held back.
pub(crate) const MAX_CONCURRENT_FETCHES: usize = 32;
