//! What tells a running command to stop or to read its configuration again.

use std::{convert::Infallible, io};

/// How a command is told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Ctrl-c: whoever typed it waits.
    Now,
    /// SIGTERM: whoever sends requests may not know yet.
    Gracefully,
}

/// Waits for ctrl-c or, where there is one, SIGTERM.
pub(crate) async fn stop() -> io::Result<Stop> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result.map(|()| Stop::Now),
            _ = terminate.recv() => Ok(Stop::Gracefully),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map(|()| Stop::Now)
}

/// Calls `reload` at each SIGHUP, where there is one, for ever.
pub(crate) async fn on_hangup(mut reload: impl FnMut()) -> io::Result<Infallible> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut hangups = signal(SignalKind::hangup())?;
        while hangups.recv().await.is_some() {
            reload();
        }
    }
    std::future::pending().await
}
