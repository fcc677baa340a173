//! `b2c-auth gateway`: the layer behind forward-auth, for whatever is not axum.
//!
//! nginx `auth_request`, Traefik ForwardAuth and Caddy `forward_auth` send the head of each request here, with any method and path, and take
//! 200 for a yes. All decisions are the layer's; there is none here.

mod admin;
mod forward_auth;
mod ledger;
mod metrics;
mod server;
mod source;

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
};

use self::source::GatewayLayer;
use tokio::{net::TcpListener, sync::watch};

use crate::{
    cli::{GatewayArguments, Source},
    signals,
};

pub(crate) async fn run(arguments: GatewayArguments) -> Result<ExitCode, Box<dyn Error>> {
    let saved = arguments
        .ledger
        .as_deref()
        .map(ledger::read)
        .transpose()?
        .flatten();
    let auth = source::layer(source::read(&arguments.source)?, saved)?;
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
                stopped,
            )))
        }
    };

    // The keys are there, or being tried for, before the first request comes.
    let warming = auth.clone();
    tokio::spawn(async move { warming.warm_up().await.ok() });
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
    if let Some(path) = &arguments.ledger {
        ledger::write(path, &auth.ledger_snapshot())?;
    }
    Ok(ExitCode::SUCCESS)
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
