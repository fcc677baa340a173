//! Reads the gateway's files again while it runs.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, task::spawn_blocking};
use tower_b2c_auth::{Clock as _, SystemClock};

use super::{listen::Certificate, state::Gateway};
use crate::cli::GatewayArguments;

/// What a reload changes, and where it reads. Clones share it.
#[derive(Clone)]
pub(super) struct Reloads {
    gateway: Gateway,
    arguments: Arc<GatewayArguments>,
    certificate: Option<Certificate>,
    turn: Arc<Mutex<()>>,
}

impl Reloads {
    pub(super) fn new(
        gateway: Gateway,
        arguments: Arc<GatewayArguments>,
        certificate: Option<Certificate>,
    ) -> Self {
        Self {
            gateway,
            arguments,
            certificate,
            turn: Arc::default(),
        }
    }

    /// Reloads configuration, map of users and certificate, after any reload that is under way. What is unusable is logged, and so is a reload that takes too
    /// long, which may still end later.
    pub(super) async fn reload(&self) {
        let clock = SystemClock::default();
        let done = async {
            let turn = Arc::clone(&self.turn).lock_owned().await;
            let this = self.clone();
            // Reading blocks, for example on a network drive that has failed; signals must end the process nevertheless.
            let reload = spawn_blocking(move || {
                let _turn = turn;
                this.gateway.reload(&this.arguments.source);
                if let Some(certificate) = &this.certificate {
                    certificate.reload(SystemClock::default().now());
                }
            });
            if let Err(error) = reload.await {
                tracing::error!(%error, "the reload has failed");
            }
        };
        tokio::select! {
            () = done => {}
            () = clock.sleep(PATIENCE) => tracing::error!(
                "a reload still waits for a file; until it ends, no change of the files has an effect, and new forgotten_keys are not refused: restart the gateway"
            ),
        }
    }
}

/// Long enough for any reload that does not wait for a drive.
const PATIENCE: Duration = Duration::from_secs(10);
