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

    /// Reloads configuration, map of users and certificate, after any reload that is under way. What is unusable is logged.
    pub(super) async fn reload(&self) {
        let clock = SystemClock::default();
        let _turn = tokio::select! {
            turn = self.turn.lock() => turn,
            () = clock.sleep(PATIENCE) => return tracing::error!(
                "nothing was reloaded, because an earlier reload still waits for a file; until it ends, no change of the files has an effect, and new forgotten_keys are not refused: restart the gateway"
            ),
        };
        let this = self.clone();
        // Reading blocks, for example on a network drive that has failed; signals must end the process nevertheless.
        let reload = spawn_blocking(move || {
            this.gateway.reload(&this.arguments.source);
            if let Some(certificate) = &this.certificate {
                certificate.reload(SystemClock::default().now());
            }
        });
        if let Err(error) = reload.await {
            tracing::error!(%error, "the reload has failed");
        }
    }
}

/// Long enough for any reload that does not wait for a drive.
const PATIENCE: Duration = Duration::from_secs(10);
