//! The one background task of a layer. It begins the fetches that are due, and drives all that are under way.
//!
//! 1. It looks at the sources that have changed, then at those that are due, then sleeps until the next is due or something changes.
//! 2. At most [`MAX_CONCURRENT_FETCHES`] regular fetches run at once. Fetches that a token waits for begin elsewhere and are not held back; the task only
//!    helps to drive them. It does not look after authorities that a source of tenants found.
//! 3. It sleeps on the layer's clock. On a runtime without timers it ends, because no fetch could have a timeout there.
//!
//! The task keeps no layer alive, and ends when the last clone of the layer is dropped.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use parking_lot::Mutex;
use tokio::{runtime::Handle, task::AbortHandle};

use super::{
    agenda::Agenda,
    context::KeyContext,
    ids::{Sequence, SourceId},
    source::KeySource,
    under_way::Scheduled,
    wake_ups::Changed,
};

/// Owns the task. The first request, or another call that needs keys, starts the task, so a layer can be built outside a runtime. If the task's runtime is
/// gone, the next request starts it again. The task ends when this is dropped.
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

    /// Replaces the sources that the task looks after.
    pub(crate) fn look_after(&self, sources: impl IntoIterator<Item = Arc<KeySource>>) {
        replace(&self.sources, sources);
        self.context.wake_ups.all();
    }

    /// Adds a source to those that the task looks after.
    pub(crate) fn add(&self, source: Arc<KeySource>) {
        let id = source.id;
        self.sources.lock().insert(id, source);
        self.context.wake_ups.one(id);
    }

    /// Removes a source from those that the task looks after.
    pub(crate) fn remove(&self, source: &KeySource) {
        self.sources.lock().remove(&source.id);
        self.context.wake_ups.one(source.id);
    }

    /// Starts the task if it is not running. Costs one atomic load if it is.
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
        *self.task.lock() = Some(task.abort_handle());
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        // Drops the sources here, because each holds the context, and the aborted task may hold their list for longer.
        replace(&self.sources, []);
        if let Some(task) = self.task.get_mut() {
            task.abort();
        }
    }
}

/// The sources that the task looks after, by id: in the order in which the settings, or later calls, added them.
type Sources = Mutex<BTreeMap<SourceId, Arc<KeySource>>>;

fn replace(sources: &Sources, with: impl IntoIterator<Item = Arc<KeySource>>) {
    let with = with.into_iter().map(|source| (source.id, source));
    let with = with.collect();
    let before = std::mem::replace(&mut *sources.lock(), with);
    // Dropped after unlocking, because dropping many takes time.
    drop(before);
}

/// Records the end of the task, whatever ended it.
struct RunningMark(Arc<AtomicBool>);

impl Drop for RunningMark {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Returns only on a runtime without timers.
async fn run(context: &KeyContext, sources: &Sources) {
    let mut work = Work::default();
    // An earlier task may have consumed wake-ups before it ended.
    context.wake_ups.all();
    loop {
        let changed = match context.wake_ups.take() {
            Changed::These(ids) => ids,
            Changed::All => sources.lock().keys().copied().collect(),
        };
        for id in changed {
            work.look_at(id, sources);
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
            // Biased, so that a simulated schedule is reproducible. Nothing starves: the number of fetches is bounded, and each round looks at what is due.
            biased;
            Some((fetch, source)) = work.fetches.next() => {
                work.driven.remove(&fetch);
                work.look_at(source, sources);
            }
            () = context.wake_ups.notified() => {}
            // Without timers, the task would spin.
            () = sleep => if next.is_some_and(|at| context.now() < at) {
                return;
            },
        }
    }
}

/// The pending work of the task.
#[derive(Default)]
struct Work {
    fetches: FuturesUnordered<BoxFuture<'static, (Sequence, SourceId)>>,
    /// The ids of the fetches in `fetches`.
    driven: HashSet<Sequence>,
    agenda: Agenda,
}

impl Work {
    fn has_room(&self) -> bool {
        self.fetches.len() < MAX_CONCURRENT_FETCHES
    }

    fn look_at(&mut self, id: SourceId, sources: &Sources) {
        let source = sources.lock().get(&id).cloned();
        let Some(source) = source else {
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

/// How many regular fetches run at once.
pub(crate) const MAX_CONCURRENT_FETCHES: usize = 32;
