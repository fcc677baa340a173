//! The servers of all ports that the options name.

use std::error::Error;

use axum::Router;
use hyper_util::rt::TokioTimer;
use tokio::{sync::watch, task::JoinSet};

#[cfg(feature = "grpc")]
use super::grpc;
use super::{
    admin,
    forward_auth::{self, Proxy},
    listen::{Certificate, Listener, Opener, Protocol},
    server,
    state::Gateway,
};
use crate::cli::GatewayArguments;

pub(super) struct Servers {
    running: JoinSet<()>,
    pub(super) stop: watch::Sender<bool>,
}

impl Servers {
    /// # Errors
    ///
    /// If a port cannot be opened.
    pub(super) async fn start(
        arguments: &GatewayArguments,
        gateway: &Gateway,
        certificate: Option<Certificate>,
    ) -> Result<Self, Box<dyn Error>> {
        let mut servers = Self {
            running: JoinSet::new(),
            stop: watch::Sender::new(false),
        };
        let mut opener = Opener::new(certificate);
        let proxy = if arguments.proxy.is_nginx() {
            Proxy::Nginx
        } else {
            Proxy::Ordinary
        };
        for address in &arguments.listen {
            let http = Some(Protocol::Http1);
            let listeners = opener.open("gateway", "--listen", address, http).await?;
            let router = forward_auth::router(gateway.clone(), proxy, arguments.proxy.forwarded);
            servers.add(listeners, &router);
        }
        #[cfg(feature = "grpc")]
        for address in &arguments.grpc_listen {
            let http2 = Some(Protocol::Http2);
            for listener in opener.open("grpc", "--grpc-listen", address, http2).await? {
                let stopped = servers.stop.subscribe();
                let claims = arguments.metadata_claims.clone().into();
                let timer = TokioTimer::new();
                let serving = grpc::serve(listener, gateway.clone(), claims, stopped, timer);
                servers.running.spawn(serving);
            }
        }
        for address in &arguments.admin_listen {
            let listeners = opener
                .open("admin", "--admin-listen", address, None)
                .await?;
            servers.add(listeners, &admin::router(gateway.clone()));
        }
        Ok(servers)
    }

    fn add(&mut self, listeners: Vec<Listener>, router: &Router) {
        for listener in listeners {
            let stopped = self.stop.subscribe();
            self.running.spawn(server::serve(
                listener,
                router.clone(),
                stopped,
                TokioTimer::new(),
            ));
        }
    }

    /// Stops listening and finishes the running requests.
    pub(super) async fn stop(self) {
        self.stop.send_replace(true);
        self.running.join_all().await;
    }
}
