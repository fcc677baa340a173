//! The server's connections, all of which end with it. `axum::serve` would wait for responses that a hanging tenant never sends.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    task::JoinSet,
};

use crate::{request::Site, tls::Acceptor};

/// Serves until dropped, over TLS if there is an acceptor.
pub(crate) async fn serve(
    mut listener: TcpListener,
    acceptor: Option<Acceptor>,
    router: Router,
    site: Arc<Site>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            time = site.suspended() => {
                if let Ok(address) = listener.local_addr() {
                    drop(listener);
                    listener = reopened(address, &mut connections, time).await;
                }
                continue;
            }
        };
        let Ok((stream, _)) = accepted else {
            // Most likely too many open files: wait until some are closed.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let router = router.clone();
        let acceptor = acceptor.clone();
        connections.spawn(async move {
            match acceptor {
                None => answer(stream, router).await,
                Some(acceptor) => {
                    // A client that does not trust the certificate hangs up.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        answer(stream, router).await;
                    }
                }
            }
        });
    }
}

/// Closes all connections, and opens the port again after this time. While another process holds the port, it tries again and again: to give up would leave
/// an emulator that runs without a port.
async fn reopened(
    address: SocketAddr,
    connections: &mut JoinSet<()>,
    time: Duration,
) -> TcpListener {
    // Leaves time to send the response to the request that asked for the suspension.
    tokio::time::sleep(PAUSE).await;
    connections.shutdown().await;
    tokio::time::sleep(time).await;
    loop {
        if let Ok(listener) = TcpListener::bind(address).await {
            return listener;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, router: Router) {
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // A broken connection is the client's problem.
    connection.await.ok();
}

const PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, time::Duration};

    use tokio::task::JoinSet;

    use super::reopened;

    /// The bug: after five seconds it gave up, and the command went on for ever without a port.
    #[tokio::test(start_paused = true)]
    async fn a_port_that_is_taken_meanwhile_is_reopened_once_it_is_free() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = other.local_addr().unwrap();
        let mut connections = JoinSet::new();
        let reopened = reopened(address, &mut connections, Duration::ZERO);
        tokio::pin!(reopened);
        let early = tokio::time::timeout(Duration::from_secs(60), &mut reopened);
        assert!(early.await.is_err());
        drop(other);
        assert_eq!(reopened.await.local_addr().unwrap(), address);
    }
}
