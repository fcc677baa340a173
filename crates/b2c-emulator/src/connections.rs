//! The server's connections, all of which end with it. `axum::serve` would wait for answers that a hanging tenant never gives.

use std::time::Duration;

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

use crate::tls::Acceptor;

/// Serves until it is dropped, over TLS if there is an acceptor.
pub(crate) async fn serve(listener: TcpListener, acceptor: Option<Acceptor>, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let Ok((stream, _)) = accepted else {
            // Too many open files, most likely: some will be closed.
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

async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, router: Router) {
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // A connection that broke off is the client's matter.
    connection.await.ok();
}

const PAUSE: Duration = Duration::from_millis(50);
