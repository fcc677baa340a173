//! What tells a running command to stop or to read its configuration again.

use std::io;

/// Waits for ctrl-c or, where there is one, SIGTERM.
pub(crate) async fn stop() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Calls `reload` at each SIGHUP, where there is one.
pub(crate) async fn on_hangup(mut reload: impl FnMut()) -> io::Result<()> {
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
