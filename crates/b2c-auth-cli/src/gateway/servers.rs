//! The servers of all ports that the options name.

use std::{error::Error, io};

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, header},
    middleware::map_response_with_state,
    response::Response,
};
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
use crate::{cli::GatewayArguments, output};

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
        // All ports are opened before any of them answers: if one fails, nobody has relied on the others.
        let mut listeners = Vec::new();
        for address in &arguments.listen {
            let http = Some(Protocol::Http1);
            listeners.extend(opener.open("--listen", address, http).await?);
        }
        #[cfg(feature = "grpc")]
        let mut of_grpc = Vec::new();
        #[cfg(feature = "grpc")]
        for address in &arguments.grpc_listen {
            let http2 = Some(Protocol::Http2);
            of_grpc.extend(opener.open("--grpc-listen", address, http2).await?);
        }
        let mut of_admin = Vec::new();
        for address in &arguments.admin_listen {
            of_admin.extend(opener.open("--admin-listen", address, None).await?);
        }
        tell("gateway", &listeners)?;
        #[cfg(feature = "grpc")]
        tell("grpc", &of_grpc)?;
        tell("admin", &of_admin)?;

        let router = forward_auth::router(gateway.clone(), proxy, arguments.proxy.forwarded);
        servers.add(listeners, router, gateway);
        #[cfg(feature = "grpc")]
        for listener in of_grpc {
            let stopped = servers.stop.subscribe();
            let claims = arguments.metadata_claims.clone().into();
            let timer = TokioTimer::new();
            let serving = grpc::serve(listener, gateway.clone(), claims, stopped, timer);
            servers.running.spawn(serving);
        }
        servers.add(of_admin, admin::router(gateway.clone()), gateway);
        Ok(servers)
    }

    fn add(&mut self, listeners: Vec<Listener>, router: Router, gateway: &Gateway) {
        let closing = map_response_with_state(gateway.clone(), close_while_draining);
        let router = router.layer(closing);
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

/// The client would otherwise keep the connection, and send its next request just when the gateway closes it.
async fn close_while_draining(State(gateway): State<Gateway>, mut response: Response) -> Response {
    if gateway.is_draining() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// Prints the URL of each listener.
fn tell(what: &str, listeners: &[Listener]) -> io::Result<()> {
    for listener in listeners {
        output::print(&format!("{what} listening on {}\n", listener.url()?))?;
    }
    Ok(())
}
