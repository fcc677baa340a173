//! Accepts connections until told to stop.

use std::{fmt, time::Duration};

use hyper::rt::Timer;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::{Connection, socket::Socket};

/// A socket, with TLS or without.
pub(in crate::gateway) struct Listener {
    socket: Socket,
    tls: Option<TlsAcceptor>,
}

impl Listener {
    pub(super) fn new(socket: Socket, tls: Option<TlsAcceptor>) -> Self {
        Self { socket, tls }
    }

    pub(in crate::gateway) fn url(&self) -> std::io::Result<String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.socket.url(scheme)
    }

    /// Spawns a task from `server` for each connection, until `stop` becomes true.
    pub(in crate::gateway) async fn each<S, F>(
        self,
        mut stop: watch::Receiver<bool>,
        timer: impl Timer + Send + Sync,
        server: impl Fn() -> S + Send,
    ) where
        S: FnOnce(Connection) -> F + Send + 'static,
        F: Future<Output = ()> + Send,
    {
        loop {
            let connection = tokio::select! {
                accepted = self.socket.accept() => match accepted {
                    Ok(connection) => connection,
                    // The process is out of file descriptors, or the client is gone. Neither may end the server or make it spin.
                    Err(_) => {
                        timer.sleep(ACCEPT_PAUSE).await;
                        continue;
                    }
                },
                () = stopped(&mut stop) => break,
            };
            let tls = self.tls.clone();
            let tls = tls.map(|tls| (tls, timer.sleep(HANDSHAKE_TIMEOUT)));
            let serve = server();
            tokio::spawn(async move {
                let Some((tls, too_late)) = tls else {
                    return serve(connection).await;
                };
                let shaken = tokio::select! {
                    shaken = tls.accept(connection) => shaken,
                    () = too_late => return tracing::debug!("a client was too slow to start TLS"),
                };
                match shaken {
                    Ok(stream) => serve(Connection::new(stream)).await,
                    Err(error) => tracing::debug!(%error, "a TLS handshake failed"),
                }
            });
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("socket", &self.socket)
            .field("tls", &self.tls.is_some())
            .finish()
    }
}

/// Completes once `stop` is true.
pub(in crate::gateway) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone.
    stop.wait_for(|stop| *stop).await.ok();
}

/// The time a client has for the TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
