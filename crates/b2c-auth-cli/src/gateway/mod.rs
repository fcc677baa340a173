//! `b2c-auth gateway`: the layer behind forward-auth, for whatever is not axum.
//!
//! nginx `auth_request`, Traefik ForwardAuth and Caddy `forward_auth` send the head of each request here, with any method and path, and take
//! 200 for a yes. All decisions are the layer's; there is none here.

mod admin;
mod forward_auth;
mod metrics;
mod server;
mod source;
mod usage;

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
};

use tokio::{net::TcpListener, sync::watch};
use tower_b2c_auth::SystemClock;

use self::{source::GatewayLayer, usage::UsageFile};

use crate::{
    cli::{GatewayArguments, Source},
    signals,
};

pub(crate) async fn run(arguments: GatewayArguments) -> Result<ExitCode, Box<dyn Error>> {
    start_log();
    let saved = arguments.usage_file.as_deref().map(usage::read);
    let saved = saved.transpose()?.flatten();
    let auth = source::layer(source::read(&arguments.source)?, saved.clone())?;
    let (stop, stopped) = watch::channel(false);

    let listener = listen("gateway", arguments.listen).await?;
    let gateway = tokio::spawn(server::serve(
        listener,
        forward_auth::router(auth.clone()),
        stopped.clone(),
    ));
    let admin = match arguments.admin_listen {
        None => None,
        Some(address) => {
            let listener = listen("admin", address).await?;
            Some(tokio::spawn(server::serve(
                listener,
                admin::router(auth.clone()),
                stopped.clone(),
            )))
        }
    };

    // The keys are there, or being tried for, before the first request comes.
    let warming = auth.clone();
    tokio::spawn(async move { warming.warm_up().await.ok() });
    let saving = arguments.usage_file.map(|path| {
        // An unwritable file is reported at once. What was read is written back as it was: a process that crashes again before its first
        // minute is over has lost what it counted, and must not look as if it had watched.
        let first = saved.unwrap_or_else(|| auth.usage_snapshot());
        let auth = auth.clone();
        tokio::spawn(async move {
            let file = UsageFile::new(path).save(first).await;
            file.save_every_minute(auth, SystemClock::default(), stopped)
                .await
        })
    });
    let source = Arc::new(arguments.source);
    tokio::select! {
        result = signals::stop() => result?,
        result = signals::on_hangup(|| reload(&auth, &source)) => result?,
    }

    stop.send(true)?;
    gateway.await?;
    if let Some(admin) = admin {
        admin.await?;
    }
    if let Some(saving) = saving {
        saving.await?.save(auth.usage_snapshot()).await;
    }
    Ok(ExitCode::SUCCESS)
}

/// What `tracing` reports from level info on, on standard error.
fn start_log() {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(false)
        .init();
}

async fn listen(what: &str, address: std::net::SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address).await?;
    // The address as it is now: port 0 has become a free one.
    writeln!(
        io::stdout(),
        "{what} listening on http://{}",
        listener.local_addr()?
    )?;
    Ok(listener)
}

/// A good configuration takes effect at once, a bad one changes nothing.
#[expect(clippy::print_stderr, reason = "this is where a command reports")]
fn reload(auth: &GatewayLayer, source: &Source) {
    let result = source::read(source).and_then(|settings| Ok(auth.swap_settings(&settings)?));
    match result {
        Ok(()) => eprintln!("b2c-auth: configuration read again"),
        Err(error) => eprintln!("b2c-auth: the configuration stays as it was: {error}"),
    }
}
