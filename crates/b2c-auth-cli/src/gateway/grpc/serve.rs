//! Serves gRPC, within limits, until told to stop.

use std::{convert::Infallible, sync::Arc, time::Duration};

use envoy_types::pb::envoy::service::auth::v3::authorization_server::AuthorizationServer;
use hyper::rt::Timer;
use tokio::sync::{mpsc, watch};
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tonic::transport::Server;

use super::authorization::Checks;
use crate::gateway::{
    listen::{Listener, stopped},
    server::SHUTDOWN_TIMEOUT,
    state::Gateway,
};

/// Serves until `stop` becomes true, then finishes the running calls within a time limit. `timer` measures the time limits of connecting and stopping.
pub(in crate::gateway) async fn serve(
    listener: Listener,
    gateway: Gateway,
    metadata_claims: Arc<[String]>,
    mut stop: watch::Receiver<bool>,
    timer: impl Timer + Clone + Send + Sync + 'static,
) {
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<AuthorizationServer<Checks>>().await;
    let draining = gateway.clone();
    // Healthy even without keys: if the gateway is unhealthy, Envoy treats each check as an error, and may let requests in.
    tokio::spawn(async move {
        draining.drained().await;
        health
            .set_not_serving::<AuthorizationServer<Checks>>()
            .await;
        health
            .set_service_status("", tonic_health::ServingStatus::NotServing)
            .await;
    });
    let checks = AuthorizationServer::new(Checks {
        gateway,
        metadata_claims,
    })
    .max_decoding_message_size(MAX_MESSAGE_BYTES);
    let (sender, receiver) = mpsc::channel(WAITING_CONNECTIONS);
    tokio::spawn(listener.each(stop.clone(), timer.clone(), move || {
        let sender = sender.clone();
        async move |connection| {
            // An error means that the server has ended.
            sender.send(connection).await.ok();
        }
    }));
    let incoming = ReceiverStream::new(receiver).map(Ok::<_, Infallible>);
    let mut told = stop.clone();
    let server = Server::builder()
        .max_concurrent_streams(MAX_STREAMS)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .add_service(health_service)
        .add_service(checks)
        .serve_with_incoming_shutdown(incoming, async move {
            stopped(&mut told).await;
        });
    let at_the_latest = async {
        stopped(&mut stop).await;
        timer.sleep(SHUTDOWN_TIMEOUT).await;
    };
    tokio::select! {
        result = server => {
            if let Err(error) = result {
                tracing::error!(%error, "the gRPC listener has ended");
            }
        }
        () = at_the_latest => {}
    }
}

/// The largest request: twice the largest headers that proxies pass, plus Envoy's additions.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// Concurrent calls on one connection. Envoy opens another one for more.
const MAX_STREAMS: u32 = 1024;
/// Open connections that are not yet served.
const WAITING_CONNECTIONS: usize = 16;
/// How often a silent connection is pinged.
const KEEPALIVE: Duration = Duration::from_secs(30);
