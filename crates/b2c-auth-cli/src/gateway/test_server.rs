//! For tests: a server on a free port, as the gateway starts it, whose time stands still.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    net::TcpStream,
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tower_b2c_auth::ManualClock;

use super::{
    listen::{Certificate, Listener, Opener, Protocol},
    manual_timer::ManualTimer,
};

pub(super) struct TestServer {
    address: SocketAddr,
    pub(super) stop: watch::Sender<bool>,
    pub(super) serving: JoinHandle<()>,
    pub(super) clock: ManualClock,
    sleeps: mpsc::UnboundedReceiver<Duration>,
}

impl TestServer {
    pub(super) async fn start<F>(
        certificate: Option<Certificate>,
        protocol: Protocol,
        serve: impl FnOnce(Listener, watch::Receiver<bool>, ManualTimer) -> F,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let address = "127.0.0.1:0".parse().unwrap();
        let mut opener = Opener::new(certificate);
        let opened = opener.open("--listen", &address, Some(protocol));
        let listener = opened.await.unwrap().pop().unwrap();
        let url = listener.url().unwrap();
        let (_, address) = url.split_once("://").unwrap();
        let address = address.parse().unwrap();
        let stop = watch::Sender::new(false);
        let (timer, clock, sleeps) = ManualTimer::new();
        Self {
            address,
            serving: tokio::spawn(serve(listener, stop.subscribe(), timer)),
            stop,
            clock,
            sleeps,
        }
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The duration of the next sleep that the server begins.
    pub(super) async fn next_sleep(&mut self) -> Duration {
        within_patience(self.sleeps.recv()).await.unwrap()
    }
}

/// Panics if the future takes a minute.
pub(super) async fn within_patience<F: Future>(future: F) -> F::Output {
    let waited = tokio::time::timeout(Duration::from_secs(60), future).await;
    waited.expect("it happens")
}
