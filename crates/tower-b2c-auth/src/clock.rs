//! Where time comes from.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use b2c_verify::NumericDate;
use tokio::sync::watch;

/// The time, as the layer sees it.
///
/// The layer takes every date, age and wait from it, so a test can move time as it likes. [`SystemClock`] is the default, [`ManualClock`] is for tests. The
/// one exception is moka, which uses a clock of its own to free the memory of keys; this clock decides whether a key may be used.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time of day, which `exp` and `nbf` are compared with.
    fn now(&self) -> NumericDate;

    /// The time since some fixed start, which the ages of keys are measured with. Never goes backwards.
    fn elapsed(&self) -> Duration;

    /// Ends when `elapsed` has grown by `duration`.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The clocks of the operating system.
///
/// It sleeps with tokio's timers. On a runtime without timers, waiting is impossible, so a sleep ends at once: requests that need a fetch are answered with
/// 503.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system"
    )]
    fn default() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system"
    )]
    fn now(&self) -> NumericDate {
        SystemTime::now().into()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        // On a runtime without timers tokio panics, and nothing can be asked beforehand.
        match std::panic::catch_unwind(|| tokio::time::sleep(duration)) {
            Ok(sleep) => Box::pin(sleep),
            Err(_) => Box::pin(std::future::ready(())),
        }
    }
}

/// A clock that stands still until it is moved.
///
/// ```
/// use std::time::Duration;
/// use b2c_verify::NumericDate;
/// use tower_b2c_auth::{Clock, ManualClock};
///
/// let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now(), NumericDate::from_secs(1_800_000_090));
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    start: NumericDate,
    elapsed: Arc<watch::Sender<Duration>>,
}

impl ManualClock {
    /// A clock that shows `start`.
    pub fn at(start: NumericDate) -> Self {
        Self {
            start,
            elapsed: Arc::new(watch::Sender::new(Duration::ZERO)),
        }
    }

    /// Moves the clock, and ends the sleeps that are over by then.
    pub fn advance(&self, duration: Duration) {
        self.elapsed
            .send_modify(|elapsed| *elapsed = elapsed.saturating_add(duration));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> NumericDate {
        self.start.saturating_add(self.elapsed())
    }

    fn elapsed(&self) -> Duration {
        *self.elapsed.borrow()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut elapsed = self.elapsed.subscribe();
        let end = elapsed.borrow().saturating_add(duration);
        Box::pin(async move {
            if elapsed.wait_for(|now| *now >= end).await.is_err() {
                // Every handle of the clock is gone, so it will never move again.
                std::future::pending::<()>().await;
            }
        })
    }
}
