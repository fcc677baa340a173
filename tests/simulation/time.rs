//! The simulated time: a monotonic clock, and a wall clock that may be wrong.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use tower_b2c_auth::{Clock, NumericDate};

/// In whole seconds. It moves only when the schedule says so.
#[derive(Debug, Clone)]
pub(super) struct Time(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    elapsed: AtomicU64,
    /// By how much the layer's wall clock is ahead of the identity provider's.
    ahead: AtomicI64,
    sleepers: Mutex<Vec<(Duration, Waker)>>,
}

impl Default for Time {
    /// The world is older than the schedule, so that keys can be older than it, too.
    fn default() -> Self {
        let time = Self(Arc::default());
        time.advance(AGE);
        time
    }
}

impl Time {
    /// Seconds since the world began.
    pub(super) fn elapsed(&self) -> u64 {
        self.0.elapsed.load(Ordering::Relaxed)
    }

    /// What the identity provider's clock shows.
    pub(super) fn date(&self) -> u64 {
        START + self.elapsed()
    }

    /// What the layer's wall clock shows.
    pub(super) fn wall(&self) -> u64 {
        self.date().saturating_add_signed(self.ahead())
    }

    pub(super) fn ahead(&self) -> i64 {
        self.0.ahead.load(Ordering::Relaxed)
    }

    pub(super) fn set_ahead(&self, seconds: i64) {
        self.0.ahead.store(seconds, Ordering::Relaxed);
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.0.elapsed.fetch_add(seconds, Ordering::Relaxed);
        let now = Duration::from_secs(self.elapsed());
        let mut due = Vec::new();
        self.0.sleepers.lock().unwrap().retain(|(end, waker)| {
            if *end <= now {
                due.push(waker.clone());
            }
            *end > now
        });
        due.iter().for_each(Waker::wake_by_ref);
    }
}

impl Clock for Time {
    fn now(&self) -> NumericDate {
        NumericDate::from_secs(self.wall())
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(Self::elapsed(self))
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let end = Clock::elapsed(self).saturating_add(duration);
        let time = self.clone();
        Box::pin(Sleep { time, end })
    }
}

struct Sleep {
    time: Time,
    end: Duration,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Clock::elapsed(&self.time) >= self.end {
            return Poll::Ready(());
        }
        let sleeper = (self.end, cx.waker().clone());
        self.time.0.sleepers.lock().unwrap().push(sleeper);
        Poll::Pending
    }
}

/// 2027-01-15T08:00:00Z, less the age of the world.
const START: u64 = 1_800_000_000 - AGE;
const AGE: u64 = 1_000_000;
