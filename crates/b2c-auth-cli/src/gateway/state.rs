//! The current configuration.

use std::sync::Arc;

use tokio::sync::watch;
use tower_b2c_auth::migration::UsageSnapshot;

use super::{allow_response::AllowResponse, token_removal::RemovingProxy, users::Users};
use crate::{
    cli::{GatewayArguments, OriginalRequest, Source},
    configuration::{Configuration, GatewayLayer},
};

/// The layer and the gateway's own state. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Gateway {
    pub(super) auth: GatewayLayer,
    /// `None` without a map of users.
    pub(super) users: Option<Users>,
    original_request: OriginalRequest,
    removing_proxy: RemovingProxy,
    allow_response: Arc<watch::Sender<Arc<AllowResponse>>>,
    draining: Arc<watch::Sender<bool>>,
}

impl Gateway {
    /// # Errors
    ///
    /// If the configuration cannot be read or used.
    pub(super) fn new(
        arguments: &GatewayArguments,
        usage: Option<UsageSnapshot>,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let is_mapped = arguments.users.user_map.is_some();
        let configuration = Configuration::read(&arguments.source)?.with_users(is_mapped)?;
        let original_request = arguments.original_request();
        configuration.check_original_request(original_request)?;
        let removing_proxy = RemovingProxy::of(arguments);
        let auth = configuration.layer(usage)?;
        let users = Users::of(&arguments.users, &auth)?;
        let allow_response =
            AllowResponse::new(&configuration.settings, removing_proxy, users.clone())?;
        let gateway = Self {
            auth,
            users,
            original_request,
            removing_proxy,
            allow_response: Arc::new(watch::Sender::new(Arc::new(allow_response))),
            draining: Arc::default(),
        };
        tell(&configuration.remarks);
        Ok(gateway)
    }

    /// Reads the configuration again. A valid one takes effect at once; an invalid one is logged and changes nothing.
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
        let configuration = Configuration::read(source)?.with_users(self.users.is_some())?;
        configuration.check_original_request(self.original_request)?;
        let map = self.users.as_ref().map(Users::read_again).transpose()?;
        let users = self.users.clone();
        let allow_response =
            AllowResponse::new(&configuration.settings, self.removing_proxy, users)?;
        let swapped = self.auth.swap_settings(&configuration.settings);
        swapped.map_err(|error| configuration.located(error))?;
        self.allow_response.send_replace(Arc::new(allow_response));
        if let Some((users, map)) = self.users.as_ref().zip(map) {
            users.put_into_force(map);
        }
        Ok(configuration.remarks)
    }

    /// The current settings for answers.
    pub(super) fn allow_response(&self) -> Arc<AllowResponse> {
        Arc::clone(&self.allow_response.borrow())
    }

    /// Makes the readiness probe fail. The gateway keeps serving.
    pub(super) fn drain(&self) {
        self.draining.send_replace(true);
    }

    /// Completes once the gateway drains.
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
