//! The current configuration.

use std::sync::Arc;

use tokio::sync::watch;
use tower_b2c_auth::{ForgottenKey, SystemClock, migration::UsageSnapshot};

use super::{
    allow_response::AllowResponse, file_watch::FileWatch, token_removal::RemovingProxy,
    unreadable_requests::UnreadableRequests, users::Users,
};
use crate::{
    all_errors::AllErrors,
    cli::{Forwarded, GatewayArguments, OriginalRequest, Source},
    configuration::{Configuration, GatewayLayer},
    user_map::UserMap,
};

/// The layer and the gateway's own state. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Gateway {
    pub(super) auth: GatewayLayer,
    /// `None` without a map of users.
    pub(super) users: Option<Users>,
    pub(super) unreadable: Arc<UnreadableRequests>,
    /// None without `--watch`.
    watch: Option<FileWatch>,
    forwarded: Option<Forwarded>,
    original_request: OriginalRequest,
    removing_proxy: RemovingProxy,
    allow_response: Arc<watch::Sender<Arc<AllowResponse>>>,
    draining: Arc<watch::Sender<bool>>,
    /// The keys that a configuration forgot although it was itself refused.
    forgotten: Arc<watch::Sender<Vec<ForgottenKey>>>,
}

impl Gateway {
    /// # Errors
    ///
    /// If the configuration or the map of users cannot be read or used. The error lists all the mistakes.
    pub(super) fn new(
        arguments: &GatewayArguments,
        usage: Option<UsageSnapshot>,
        watch: Option<FileWatch>,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let mut errors = AllErrors::default();
        errors.value(arguments.proxy.check());
        let path = arguments.users.user_map.clone();
        let map = errors.value(path.as_deref().map(UserMap::read).transpose());
        let Some(mut configuration) = errors.value(Configuration::read(&arguments.source)) else {
            return Err(errors.into());
        };
        if let Some(watch) = &watch {
            watch.follow(configuration.settings.files());
        }
        let original_request = arguments.original_request();
        let removing_proxy = RemovingProxy::of(arguments);
        errors.value(configuration.set_users(path.is_some()));
        errors.value(configuration.check_headers());
        errors.value(configuration.check_original_request(original_request));
        let removal = errors.value(removing_proxy.removal(&configuration.settings.token));
        let auth = errors.value(configuration.layer(usage));
        let (Some(map), Some(removal), Some(auth)) = (map, removal, auth) else {
            return Err(errors.into());
        };
        errors.finish()?;
        let users = path.zip(map);
        let users =
            users.map(|(path, map)| Users::new(path, map, arguments.users.unknown_users, &auth));
        let users = users.transpose()?;
        let allow_response = AllowResponse::new(&configuration.settings, removal, users.clone());
        configuration.note_headers(arguments.proxy.forwarded);
        let gateway = Self {
            auth,
            users,
            unreadable: Arc::new(UnreadableRequests::new(SystemClock::default())),
            watch,
            forwarded: arguments.proxy.forwarded,
            original_request,
            removing_proxy,
            allow_response: Arc::new(watch::Sender::new(Arc::new(allow_response))),
            draining: Arc::default(),
            forgotten: Arc::default(),
        };
        tell(&configuration.remarks);
        Ok(gateway)
    }

    /// Reads the configuration and the map of users again. A valid configuration takes effect at once; an invalid one is logged and changes nothing, but
    /// if it can be read, its `forgotten_keys` still take effect. An unusable map is logged, and the current map stays.
    pub(super) fn reload(&self, source: &Source) {
        let configuration = match Configuration::read(source) {
            Ok(configuration) => configuration,
            Err(error) => return log_error(UNCHANGED, &*error),
        };
        if let Some(watch) = &self.watch {
            watch.follow(configuration.settings.files());
        }
        let forgotten_keys = configuration.settings.forgotten_keys.clone();
        match self.put_into_force(configuration) {
            Ok(remarks) => {
                tracing::info!("configuration reloaded");
                tell(&remarks);
                self.tell_of_forgotten();
            }
            Err(error) => {
                self.forget(forgotten_keys);
                log_error(UNCHANGED, &*error);
            }
        }
    }

    fn put_into_force(
        &self,
        mut configuration: Configuration,
    ) -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let users = self.users.clone();
        // The map is read first, so that its mistakes are logged too, even if the settings are refused.
        let map = users.as_ref().and_then(|users| match users.read_again() {
            Ok(map) => Some((users, map)),
            Err(error) => {
                log_error("the old map stays in force", &*error);
                None
            }
        });
        let mut errors = AllErrors::default();
        errors.value(configuration.set_users(users.is_some()));
        errors.value(configuration.check_headers());
        errors.value(configuration.check_original_request(self.original_request));
        let removal = self.removing_proxy.removal(&configuration.settings.token);
        let removal = errors.value(removal).flatten();
        if let Err(mut errors) = errors.finish() {
            errors.value(configuration.layer(None));
            return Err(errors.into());
        }
        let allow_response = AllowResponse::new(&configuration.settings, removal, users.clone());
        let swapped = self.auth.swap_settings(&configuration.settings_of_layer());
        swapped.map_err(|error| configuration.located(error))?;
        configuration.note_headers(self.forwarded);
        self.allow_response.send_replace(Arc::new(allow_response));
        if let Some((users, map)) = map {
            users.put_into_force(map);
        }
        Ok(configuration.remarks)
    }

    /// A mistake in another setting must not keep a stolen key in use.
    fn forget(&self, keys: Vec<ForgottenKey>) {
        for key in keys {
            if !self.auth.forget_key(key.clone()) {
                tracing::error!(
                    ?key,
                    "the configuration is invalid, and there is no authority of the name that forgotten_keys gives for this key: until there is one, the key is NOT refused; from then on, it is refused until the gateway restarts"
                );
                continue;
            }
            self.forgotten.send_if_modified(|known| {
                let is_new = !known.contains(&key);
                if is_new {
                    known.push(key.clone());
                }
                is_new
            });
            tracing::warn!(
                ?key,
                "the configuration is invalid, but the key that it forgets is refused anyway, until the gateway restarts"
            );
        }
    }

    /// Removing a key from `forgotten_keys` does not restore a key that a refused configuration forgot.
    fn tell_of_forgotten(&self) {
        let settings = self.auth.settings();
        for key in &*self.forgotten.borrow() {
            let mut listed = settings.forgotten_keys.iter();
            let is_it = |it: &ForgottenKey| {
                it.kid == key.kid && (it.authority.is_none() || it.authority == key.authority)
            };
            if !listed.any(is_it) {
                tracing::warn!(
                    ?key,
                    "the configuration does not forget this key, but an earlier configuration that was refused did: the key stays refused until the gateway restarts"
                );
            }
        }
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

/// One event for each line.
fn log_error(outcome: &str, error: &(dyn std::error::Error + 'static)) {
    if let Some(all) = error.downcast_ref::<AllErrors>() {
        return all.each().for_each(|error| log_error(outcome, error));
    }
    for line in error.to_string().lines() {
        tracing::error!("{outcome}: {}", line.trim_start());
    }
}

fn tell(remarks: &[String]) {
    for remark in remarks {
        tracing::warn!("{remark}");
    }
}

/// The log's text for a configuration that cannot be used.
const UNCHANGED: &str = "the configuration is unchanged";
