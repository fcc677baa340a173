//! Serving gRPC to whoever connects, within limits, until told to stop.

use std::time::Duration;

use envoy_types::pb::envoy::service::auth::v3::authorization_server::AuthorizationServer;
use tokio::{net::TcpListener, sync::watch};
use tonic::transport::{Server, server::TcpIncoming};

use super::authorization::Checks;
use crate::gateway::{
    server::{SHUTDOWN_TIMEOUT, stopped},
    state::Gateway,
};

/// Serves until `stop` becomes true; then calls under way are finished, for a bounded time.
pub(in crate::gateway) async fn serve(
    listener: TcpListener,
    gateway: Gateway,
    mut stop: watch::Receiver<bool>,
) {
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<AuthorizationServer<Checks>>().await;
    let draining = gateway.clone();
    // Missing keys are no reason to be unhealthy: an authorizer that Envoy has given up is an error, and may let requests in.
    tokio::spawn(async move {
        draining.drained().await;
        health
            .set_not_serving::<AuthorizationServer<Checks>>()
            .await;
        health
            .set_service_status("", tonic_health::ServingStatus::NotServing)
            .await;
    });
    let checks =
        AuthorizationServer::new(Checks(gateway)).max_decoding_message_size(MAX_MESSAGE_BYTES);
    let mut told = stop.clone();
    let server = Server::builder()
        .max_concurrent_streams(MAX_STREAMS)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .add_service(health_service)
        .add_service(checks)
        .serve_with_incoming_shutdown(TcpIncoming::from(listener), async move {
            stopped(&mut told).await;
        });
    let at_the_latest = async {
        stopped(&mut stop).await;
        tokio::time::sleep(SHUTDOWN_TIMEOUT).await;
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

/// Largest request: the headers of the largest one that proxies pass, twice over, with what Envoy adds.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// Calls at the same time on one connection. Envoy opens another one for more.
const MAX_STREAMS: u32 = 1024;
/// How often a silent connection is asked whether anybody is there.
const KEEPALIVE: Duration = Duration::from_secs(30);
