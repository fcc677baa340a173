//! Runs the gateway, from its arguments to its end.

use std::{error::Error, future::pending, process::ExitCode, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinHandle};
use tower_b2c_auth::{SystemClock, migration::UsageSnapshot};

use super::{
    file_watch::FileWatch,
    listen::Certificate,
    reloads::Reloads,
    servers::Servers,
    state::Gateway,
    systemd,
    usage::{self, UsageFile},
};
use crate::{
    all_errors::AllErrors,
    cli::GatewayArguments,
    log,
    signals::{Hangups, Stop, Stops},
};

/// # Errors
///
/// If files are unusable, or if a port cannot be opened. The error lists all the mistakes in the files.
pub(crate) async fn run(arguments: GatewayArguments) -> Result<ExitCode, Box<dyn Error>> {
    log::start(arguments.log_format)?;
    let arguments = Arc::new(arguments);
    // First, because an unhandled signal would end the process.
    let hangups = Hangups::new()?;
    let mut stops = Stops::new()?;
    let watch = arguments.watch.then(|| FileWatch::new(arguments.files()));
    let mut errors = AllErrors::default();
    let saved = arguments.usage_file.as_deref().map(usage::read);
    let saved = errors.value(saved.transpose()).flatten().flatten();
    let gateway = errors.value(Gateway::new(&arguments, saved.clone(), watch.clone()));
    let certificate = errors.value(certificate(&arguments)).flatten();
    let Some(gateway) = gateway else {
        return Err(errors.into());
    };
    errors.finish()?;
    let servers = Servers::start(&arguments, &gateway, certificate.clone()).await?;

    // Fetches the keys before the first request needs them.
    let warming = gateway.auth.clone();
    tokio::spawn(async move { warming.warm_up().await.ok() });
    if let Some(certificate) = certificate.clone() {
        tokio::spawn(certificate.watch(SystemClock::default()));
    }
    let saving = save_usage(&arguments, &gateway, saved, servers.stop.subscribe());
    systemd::ready();
    let reloads = Reloads::new(gateway.clone(), Arc::clone(&arguments), certificate);
    let reload = async || reloads.reload().await;
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

fn certificate(arguments: &GatewayArguments) -> Result<Option<Certificate>, Box<dyn Error>> {
    let certificate = arguments.tls_certificate.clone();
    let files = certificate.zip(arguments.tls_key.clone());
    files
        .map(|(certificate, key)| Certificate::read(certificate, key))
        .transpose()
}

/// Saves the usage every minute. `saved` is what the file contained at the start.
fn save_usage(
    arguments: &GatewayArguments,
    gateway: &Gateway,
    saved: Option<UsageSnapshot>,
    stopped: watch::Receiver<bool>,
) -> Option<JoinHandle<UsageFile>> {
    let path = arguments.usage_file.clone()?;
    // Saves at once, which reports an unwritable file. Writes exactly what was read, with the old date: a process that crashes in its first minute loses its
    // counts, and a newer date would claim that this minute was counted.
    let first = saved.unwrap_or_else(|| gateway.auth.usage_snapshot());
    let auth = gateway.auth.clone();
    Some(tokio::spawn(async move {
        let file = UsageFile::new(path).save(first).await;
        file.save_every_minute(auth, SystemClock::default(), stopped)
            .await
    }))
}

/// Waits for the drain time, or until another signal.
async fn wait(drain: Duration, stops: &mut Stops) -> Result<(), Box<dyn Error>> {
    tracing::info!(?drain, "stopping; no longer ready");
    tokio::select! {
        () = tokio::time::sleep(drain) => Ok(()),
        result = stops.next() => Ok(result.map(drop)?),
    }
}
