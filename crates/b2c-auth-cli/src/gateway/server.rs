//! Serves HTTP/1.1, within limits, until told to stop.

use std::{convert::Infallible, time::Duration};

use axum::{Router, body::Body};
use http::{Request, Response};
use hyper::{body::Incoming, rt::Timer, server::conn::http1, service::Service as HyperService};
use hyper_util::{rt::TokioIo, server::graceful::GracefulShutdown, service::TowerToHyperService};
use tokio::sync::watch;
use tower::Service;

use super::listen::{Connection, Listener};

/// Serves until `stop` becomes true, then finishes the running requests within a time limit. `timer` measures all time limits.
pub(super) async fn serve(
    listener: Listener,
    router: Router,
    stop: watch::Receiver<bool>,
    timer: impl Timer + Clone + Send + Sync + 'static,
) {
    let graceful = GracefulShutdown::new();
    let server = || {
        let watcher = graceful.watcher();
        let router = router.clone();
        let timer = timer.clone();
        async move |connection: Connection| {
            let connection = http1::Builder::new()
                .timer(timer)
                .header_read_timeout(HEADER_READ_TIMEOUT)
                .max_buf_size(MAX_HEADER_BYTES)
                .max_headers(MAX_HEADERS)
                .serve_connection(TokioIo::new(connection), service(router));
            // A broken connection is the client's problem.
            watcher.watch(connection).await.ok();
        }
    };
    listener.each(stop, timer.clone(), server).await;
    tokio::select! {
        () = graceful.shutdown() => {}
        () = timer.sleep(SHUTDOWN_TIMEOUT) => {}
    }
}

fn service(
    router: Router,
) -> impl HyperService<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send>
{
    TowerToHyperService::new(tower::service_fn(move |request: Request<Incoming>| {
        router.clone().call(request.map(Body::new))
    }))
}

/// The time a client has to send the head of a request.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest request head: twice the largest token, plus room for the proxies' headers. One that arrives fast may be twice as large, because hyper checks
/// the limit only after each read.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// The largest number of headers. Some services take that many, and hyper's default is 100.
const MAX_HEADERS: usize = 256;
/// The time that running requests have to finish after the gateway is stopped.
pub(super) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);
