//! What every peer's program does: measure it in process, serve it, or watch what it does to the identity provider.
//!
//! A peer is a function that makes a router out of an [`Authority`]. The identity provider is a process of its own, so that all of them, and Envoy too, get
//! the same tokens.

mod behaviour;
mod drive;
mod identity_provider;
mod speed;

use std::{future::Future, net::SocketAddr, time::Duration};

use axum::{Router, routing::get};

pub use self::identity_provider::Authority;
use self::{drive::warm_up, identity_provider::IdentityProvider};

/// The answer of every handler: the subject, so that the claims are really read.
pub type Subject = String;

/// Runs a peer as its command line says: `PORT-OF-THE-IDENTITY-PROVIDER (speed | serve | cold | random | hang | rotation)`.
pub fn run<F, R>(build: F)
where
    F: Fn(Authority) -> R,
    R: Future<Output = Router>,
{
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().expect("the port of the identity provider").parse().expect("a port");
    let provider = IdentityProvider::at(port);
    let what = arguments.next().expect("what to do");
    provider.control("reset");
    let mut runtime = if what == "serve" {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    let runtime = runtime.enable_all().build().expect("a runtime");
    // As `axum::serve` does for each connection: otherwise each request would assemble its route again, layers and all.
    let router = || runtime.block_on(build(provider.authority())).with_state(());
    match what.as_str() {
        "speed" => {
            let router = router();
            runtime.block_on(warm_up(&router, &provider));
            speed::measure(&runtime, &bare().with_state(()), &router, &provider);
        }
        "serve" => runtime.block_on(async {
            let router = build(provider.authority()).await;
            warm_up(&router, &provider).await;
            serve(router).await;
        }),
        "cold" => behaviour::cold(&runtime, router, &provider),
        "random" => behaviour::random(&runtime, &router(), &provider),
        "hang" => behaviour::hang(&runtime, &router(), &provider),
        "rotation" => behaviour::rotation(&runtime, &router(), &provider),
        other => panic!("{other} is not known"),
    }
    // Background tasks of the peers need not end.
    runtime.shutdown_timeout(Duration::from_millis(100));
}

/// The router that all others are compared with: the same answer, nothing checked.
pub fn bare() -> Router {
    Router::new().route("/", get(|| async { "22223333-cccc-4444-dddd-5555eeee6666".to_owned() }))
}

async fn serve(router: Router) {
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
    println!("{}", listener.local_addr().expect("an address").port());
    axum::serve(listener, router).await.expect("to serve");
}
