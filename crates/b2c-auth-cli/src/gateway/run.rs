//! Runs the gateway, from its arguments to its end.

use std::{error::Error, future::pending, process::ExitCode, time::Duration};

use axum::Router;
use tokio::{sync::watch, task::JoinSet};
use tower_b2c_auth::SystemClock;

#[cfg(feature = "grpc")]
use super::grpc;
use super::{
    admin,
    file_watch::FileWatch,
    forward_auth::{self, Proxy},
    listen::{Certificate, Listener, Opener, Protocol},
    server,
    state::Gateway,
    systemd,
    usage::{self, UsageFile},
};
use crate::{
    cli::GatewayArguments,
    log,
    signals::{Hangups, Stop, Stops},
};

/// # Errors
///
/// If the configuration is unusable or a port cannot be opened.
pub(crate) async fn run(arguments: GatewayArguments) -> Result<ExitCode, Box<dyn Error>> {
    log::start(arguments.log_format)?;
    // First, because an unhandled signal would end the process.
    let hangups = Hangups::new()?;
    let mut stops = Stops::new()?;
    let watch = arguments.watch.then(|| FileWatch::new(arguments.files()));
    let saved = arguments.usage_file.as_deref().map(usage::read);
    let saved = saved.transpose()?.flatten();
    let gateway = Gateway::new(&arguments, saved.clone(), watch.clone())?;

    let files = arguments
        .tls_certificate
        .clone()
        .zip(arguments.tls_key.clone());
    let certificate = files.map(|(certificate, key)| Certificate::read(certificate, key));
    let certificate = certificate.transpose()?;
    let mut opener = Opener::new(certificate.clone());

    let proxy = if arguments.nginx {
        Proxy::Nginx
    } else {
        Proxy::Ordinary
    };
    let mut servers = Servers::new();
    for address in &arguments.listen {
        let http = Some(Protocol::Http1);
        let listeners = opener.open("gateway", "--listen", address, http).await?;
        let router = forward_auth::router(gateway.clone(), proxy, arguments.forwarded);
        servers.add(listeners, &router);
    }
    #[cfg(feature = "grpc")]
    for address in &arguments.grpc_listen {
        let http2 = Some(Protocol::Http2);
        for listener in opener.open("grpc", "--grpc-listen", address, http2).await? {
            let stopped = servers.stop.subscribe();
            let claims = arguments.metadata_claims.clone().into();
            let serving = grpc::serve(listener, gateway.clone(), claims, stopped);
            servers.running.spawn(serving);
        }
    }
    for address in &arguments.admin_listen {
        let listeners = opener
            .open("admin", "--admin-listen", address, None)
            .await?;
        servers.add(listeners, &admin::router(gateway.clone()));
    }

    // Fetches the keys before the first request needs them.
    let warming = gateway.auth.clone();
    tokio::spawn(async move { warming.warm_up().await.ok() });
    let saving = arguments.usage_file.clone().map(|path| {
        // Saves at once, which reports an unwritable file. Writes exactly what was read: a process that crashes in its first minute loses its counts, and the file
        // must not claim that it counted.
        let first = saved.unwrap_or_else(|| gateway.auth.usage_snapshot());
        let (auth, stopped) = (gateway.auth.clone(), servers.stop.subscribe());
        tokio::spawn(async move {
            let file = UsageFile::new(path).save(first).await;
            file.save_every_minute(auth, SystemClock::default(), stopped)
                .await
        })
    });
    systemd::ready();
    let reload = || {
        gateway.reload(&arguments.source);
        if let Some(certificate) = &certificate {
            certificate.reload();
        }
    };
    let changes = async {
        match &watch {
            Some(watch) => watch.each(reload).await,
            None => pending().await,
        }
    };
    let end = tokio::select! {
        result = stops.next() => result?,
        never = hangups.each(reload) => match never {},
        never = changes => match never {},
    };
    systemd::stopping();
    if end == Stop::Gracefully {
        gateway.drain();
        wait(arguments.drain, &mut stops).await?;
    }
    servers.stop().await;
    if let Some(saving) = saving {
        saving.await?.save(gateway.auth.usage_snapshot()).await;
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits for the drain time, or until another signal.
async fn wait(drain: Duration, stops: &mut Stops) -> Result<(), Box<dyn Error>> {
    tracing::info!(?drain, "stopping; no longer ready");
    tokio::select! {
        () = tokio::time::sleep(drain) => Ok(()),
        result = stops.next() => Ok(result.map(drop)?),
    }
}

struct Servers {
    running: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Servers {
    fn new() -> Self {
        Self {
            running: JoinSet::new(),
            stop: watch::Sender::new(false),
        }
    }

    fn add(&mut self, listeners: Vec<Listener>, router: &Router) {
        for listener in listeners {
            let stopped = self.stop.subscribe();
            self.running
                .spawn(server::serve(listener, router.clone(), stopped));
        }
    }

    /// Stops listening and finishes the running requests.
    async fn stop(self) {
        self.stop.send_replace(true);
        self.running.join_all().await;
    }
}
