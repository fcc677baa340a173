//! For tests: hyper's timer on a clock that stands still.

use std::{
    pin::Pin,
    sync::Mutex,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::rt::{Sleep, Timer};
use hyper_util::rt::TokioTimer;
use tokio::sync::mpsc;
use tower_b2c_auth::{Clock as _, ManualClock, NumericDate};

/// hyper's timer on a clock that the test moves. Reports each sleep when it begins.
#[derive(Clone)]
pub(super) struct ManualTimer {
    start: Instant,
    clock: ManualClock,
    sleeps: mpsc::UnboundedSender<Duration>,
}

impl ManualTimer {
    pub(super) fn new() -> (Self, ManualClock, mpsc::UnboundedReceiver<Duration>) {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let (sleeps, reported) = mpsc::unbounded_channel();
        let timer = Self {
            start: TokioTimer::new().now(),
            clock: clock.clone(),
            sleeps,
        };
        (timer, clock, reported)
    }
}

impl Timer for ManualTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        let sleep = self.clock.sleep(duration);
        self.sleeps.send(duration).ok();
        Box::pin(ManualSleep(Mutex::new(sleep)))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.sleep(deadline.saturating_duration_since(self.now()))
    }

    fn now(&self) -> Instant {
        self.start + self.clock.elapsed()
    }
}

/// hyper needs a `Sync` sleep, and the clock's is not. The mutex is never locked.
struct ManualSleep(Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Future for ManualSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let sleep = self.get_mut().0.get_mut().unwrap();
        sleep.as_mut().poll(cx)
    }
}

impl Sleep for ManualSleep {}
