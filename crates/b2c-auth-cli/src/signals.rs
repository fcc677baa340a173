//! Signals that stop a running command or reload its configuration.

use std::{convert::Infallible, fs, io};

/// How to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// On ctrl-c, because someone is waiting at the keyboard.
    Now,
    /// On SIGTERM, because load balancers may still send requests.
    Gracefully,
}

/// Receives ctrl-c and, on Unix, SIGTERM. On Unix, neither signal ends the process once this value exists.
pub(crate) struct Stops {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stops {
    pub(crate) fn new() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    pub(crate) async fn next(&mut self) -> io::Result<Stop> {
        #[cfg(unix)]
        return Ok(tokio::select! {
            _ = self.interrupt.recv() => Stop::Now,
            _ = self.terminate.recv() => Stop::Gracefully,
        });
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await.map(|()| Stop::Now)
    }
}

/// Receives SIGHUP, on Unix. Once this value exists, the signal does not end the process.
pub(crate) struct Hangups {
    #[cfg(unix)]
    signals: tokio::signal::unix::Signal,
}

impl Hangups {
    pub(crate) fn new() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let signals = signal(SignalKind::hangup())?;
            Ok(Self { signals })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Whether the command was started with SIGHUP ignored, as `nohup` starts it. Only Linux can say so.
    pub(crate) fn are_ignored() -> bool {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| mask & SIGHUP_BIT != 0)
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        if self.signals.recv().await.is_some() {
            return;
        }
        std::future::pending().await
    }

    /// Calls `reload` on each signal, forever.
    pub(crate) async fn each(mut self, mut reload: impl FnMut()) -> Infallible {
        loop {
            self.next().await;
            reload();
        }
    }
}

/// Signal 1 in the kernel's masks.
const SIGHUP_BIT: u64 = 1;
