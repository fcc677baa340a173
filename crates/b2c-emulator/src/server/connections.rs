//! The server's connections, all of which end with it. `axum::serve` would wait for responses that a hanging tenant never sends.

use std::{sync::Arc, time::Duration};

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
                let Some(again) = suspend(listener, &mut connections, time).await else {
                    return;
                };
                listener = again;
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

/// Closes the port and all connections for a while; `None` if the port cannot be reopened.
async fn suspend(
    listener: TcpListener,
    connections: &mut JoinSet<()>,
    time: Duration,
) -> Option<TcpListener> {
    let address = listener.local_addr().ok()?;
    drop(listener);
    // Leaves time to send the response to the request that asked for the suspension.
    tokio::time::sleep(PAUSE).await;
    connections.shutdown().await;
    tokio::time::sleep(time).await;
    for _ in 0..REBINDS {
        if let Ok(listener) = TcpListener::bind(address).await {
            return Some(listener);
        }
        tokio::time::sleep(PAUSE).await;
    }
    None
}

async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, router: Router) {
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // A broken connection is the client's problem.
    connection.await.ok();
}

const PAUSE: Duration = Duration::from_millis(50);
/// Another process may hold the port for a moment.
const REBINDS: usize = 100;
