//! The sources of time.
//!
//! There are two clocks, each with its own purpose. Dates in tokens are compared with the wall clock, which somebody may set. The ages of keys, waits and
//! budgets are measured with the monotonic clock, which nobody can set; so in one process a wrong date changes neither how long a key is used nor how often
//! it is fetched. An age becomes a date only where a token's `iat` is compared with a fetch, in the migration report, and in a snapshot, which also turns
//! dates back into ages.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use b2c_verify::NumericDate;
use tokio::sync::watch;

/// The source of time for a layer.
///
/// The layer takes every date, age and wait from it, so a test can move time as it likes. [`SystemClock`] is the default, [`ManualClock`] is for tests. The
/// exceptions are the [`connect_timeout`](crate::KeySettings::connect_timeout) of the default fetcher, the validity of TLS certificates, which that fetcher
/// checks by the system's date, and moka, which frees the memory of expired keys by a clock of its own. Whether a key may be used is decided by the layer's
/// clock alone.
///
/// ```
/// use std::{pin::Pin, time::Duration};
/// use tower_b2c_auth::{B2cAuthLayer, Clock, NumericDate, SystemClock, b2c};
///
/// /// The system's clock, an hour ahead: what happens to tokens on a machine whose clock is wrong?
/// #[derive(Debug)]
/// struct Ahead(SystemClock);
///
/// impl Clock for Ahead {
///     fn now(&self) -> NumericDate {
///         self.0.now().saturating_add(Duration::from_secs(3600))
///     }
///
///     fn elapsed(&self) -> Duration {
///         self.0.elapsed()
///     }
///
///     fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
///         self.0.sleep(duration)
///     }
/// }
///
/// let clock = Ahead(SystemClock::default());
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_a"))
///     .audience("api")
///     .clock(clock)
///     .build()?;
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The date and time, with which `exp`, `nbf` and `iat` are compared.
    fn now(&self) -> NumericDate;

    /// The time since a fixed start, with which the ages of keys are measured. It never goes backwards, even if the date is set.
    fn elapsed(&self) -> Duration;

    /// A future that completes when [`elapsed`](Self::elapsed) has grown by `duration`.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The longest pause in counting that a migration's quiet period survives: the restart of a process, plus the minute between two saves.
pub(crate) const MAX_GAP: Duration = Duration::from_secs(120);

/// The clocks of the operating system.
///
/// On Linux and macOS, [`elapsed`](Clock::elapsed) leaves out the time in which the machine was suspended.
///
/// It sleeps with tokio's timers. On a runtime without timers, waiting is impossible, so a sleep ends at once, and requests that need a fetch are answered
/// with 503.
///
/// ```
/// use tower_b2c_auth::{Clock as _, SystemClock};
///
/// let clock = SystemClock::default();
/// let start = clock.elapsed();
/// assert!(clock.now().as_secs() > 1_700_000_000);
/// assert!(clock.elapsed() >= start);
/// ```
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
        // On a runtime without timers tokio panics, and there is no way to ask beforehand.
        match std::panic::catch_unwind(|| tokio::time::sleep(duration)) {
            Ok(sleep) => Box::pin(sleep),
            Err(_) => Box::pin(std::future::ready(())),
        }
    }
}

/// A clock that stands still until a test moves it. Its clones move together.
///
/// ```
/// use std::time::Duration;
/// use tower_b2c_auth::{Clock, ManualClock, NumericDate};
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

    /// Moves the clock forwards, and completes the sleeps that are then over.
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
