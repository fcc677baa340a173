//! Serving HTTP/1.1 to whoever connects, within limits, until told to stop.

use std::{convert::Infallible, time::Duration};

use axum::{Router, body::Body};
use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1, service::Service as HyperService};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::watch};
use tower::Service;

/// Serves until `stop` becomes true; then requests under way are finished, for a bounded time.
pub(super) async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of file descriptors, or the client has gone: neither ends the server, and neither may spin.
                Err(_) => {
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            () = stopped(&mut stop) => break,
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_READ_TIMEOUT)
            .max_buf_size(MAX_HEADER_BYTES)
            .serve_connection(TokioIo::new(stream), service(router.clone()));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is the client's affair.
            connection.await.ok();
        });
    }
    drop(listener);
    tokio::time::timeout(SHUTDOWN_TIMEOUT, graceful.shutdown())
        .await
        .ok();
}

pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody is left who could say so.
    stop.wait_for(|stop| *stop).await.ok();
}

fn service(
    router: Router,
) -> impl HyperService<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send>
{
    TowerToHyperService::new(tower::service_fn(move |request: Request<Incoming>| {
        router.clone().call(request.map(Body::new))
    }))
}

/// How long a client may take to send the head of a request.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Largest head of a request: twice the largest token, and room for what proxies add.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// How long requests under way may take when the gateway is stopped.
pub(super) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
