//! Notifies systemd, if requested: `Type=notify` and `WatchdogSec=`.

/// The ports are open.
pub(super) fn ready() {
    #[cfg(unix)]
    {
        tell(&[sd_notify::NotifyState::Ready]);
        if let Some(interval) = sd_notify::watchdog_enabled() {
            tokio::spawn(watchdog(interval));
        }
    }
}

/// The gateway is stopping.
pub(super) fn stopping() {
    #[cfg(unix)]
    tell(&[sd_notify::NotifyState::Stopping]);
}

/// Pings the watchdog twice in each interval, as long as the runtime schedules this task.
#[cfg(unix)]
async fn watchdog(interval: std::time::Duration) {
    loop {
        tell(&[sd_notify::NotifyState::Watchdog]);
        tokio::time::sleep(interval / 2).await;
    }
}

#[cfg(unix)]
fn tell(state: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "cannot notify systemd");
    }
}
