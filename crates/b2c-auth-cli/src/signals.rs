//! Signals that stop a running command or reload its configuration.

use std::{convert::Infallible, io};

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

    /// Calls `reload` on each signal, forever. Signals that arrive in the meantime lead to one more call.
    pub(crate) async fn each(self, mut reload: impl AsyncFnMut()) -> Infallible {
        #[cfg(unix)]
        {
            let Self { mut signals } = self;
            while signals.recv().await.is_some() {
                reload().await;
            }
        }
        std::future::pending().await
    }
}
