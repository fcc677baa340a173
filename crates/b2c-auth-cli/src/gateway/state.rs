//! The current configuration.

use std::sync::Arc;

use axum::http::HeaderName;
use tokio::sync::watch;
use tower_b2c_auth::migration::UsageSnapshot;

use super::claim_headers;
use crate::{
    cli::{Originals, Source},
    configuration::{Configuration, GatewayLayer},
};

/// The layer and the gateway's own state. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Gateway {
    pub(super) auth: GatewayLayer,
    originals: Originals,
    claim_headers: Arc<watch::Sender<Arc<[HeaderName]>>>,
    draining: Arc<watch::Sender<bool>>,
}

impl Gateway {
    /// # Errors
    ///
    /// If the configuration cannot be read or used.
    pub(super) fn new(
        source: &Source,
        originals: Originals,
        usage: Option<UsageSnapshot>,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let configuration = Configuration::read(source)?;
        configuration.check_originals(originals)?;
        let names = claim_headers::names(&configuration.settings);
        let gateway = Self {
            auth: configuration.layer(usage)?,
            originals,
            claim_headers: Arc::new(watch::Sender::new(names.into())),
            draining: Arc::default(),
        };
        tell(&configuration.remarks);
        Ok(gateway)
    }

    /// A good configuration takes effect at once, a bad one changes nothing.
    pub(super) fn reload(&self, source: &Source) {
        match self.read_again(source) {
            Ok(remarks) => {
                tracing::info!("configuration reloaded");
                tell(&remarks);
            }
            Err(error) => {
                for line in error.to_string().lines() {
                    tracing::error!("the configuration is unchanged: {}", line.trim_start());
                }
            }
        }
    }

    fn read_again(&self, source: &Source) -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let configuration = Configuration::read(source)?;
        configuration.check_originals(self.originals)?;
        self.auth.swap_settings(&configuration.settings)?;
        let names = claim_headers::names(&configuration.settings);
        self.claim_headers.send_replace(names.into());
        Ok(configuration.remarks)
    }

    /// The configured headers.
    pub(super) fn claim_headers(&self) -> Arc<[HeaderName]> {
        Arc::clone(&self.claim_headers.borrow())
    }

    /// Makes the gateway not ready; it keeps serving.
    pub(super) fn drain(&self) {
        self.draining.send_replace(true);
    }

    /// Ends once told to stop.
    #[cfg(feature = "grpc")]
    pub(super) async fn drained(&self) {
        let mut draining = self.draining.subscribe();
        // The sender lives as long as `self`.
        draining.wait_for(|draining| *draining).await.ok();
    }

    pub(super) fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }
}

fn tell(remarks: &[String]) {
    for remark in remarks {
        tracing::warn!("{remark}");
    }
}
