//! `--user-map`: looks up, for each request, the service's own user in a map that was read from a file.

use std::{convert::Infallible, error::Error, future::ready, path::PathBuf, sync::Arc};

use axum::http::{Extensions, HeaderValue};
use tokio::sync::watch;
use tower_b2c_auth::{LookUpLayer, LookUpSettings, SettingsError, VerifiedUser, WithoutResult};

use crate::{cli::UnknownUsers, configuration::GatewayLayer, user_map::UserMap};

/// The current map. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Users {
    path: PathBuf,
    map: Arc<watch::Sender<Arc<UserMap>>>,
    /// Looks up the user of each request, between the layer and the response.
    pub(super) layer: LookUpLayer<MappedUser>,
}

/// The value of the user's header.
#[derive(Debug)]
pub(super) struct MappedUser(HeaderValue);

impl Users {
    /// `map` is what the file at `path` contains.
    ///
    /// # Errors
    ///
    /// If the layer cannot look up users.
    pub(super) fn new(
        path: PathBuf,
        map: UserMap,
        unknown_users: UnknownUsers,
        auth: &GatewayLayer,
    ) -> Result<Self, SettingsError> {
        let map = Arc::new(watch::Sender::new(Arc::new(map)));
        let looked_up = Arc::clone(&map);
        let look_up = move |user: VerifiedUser| {
            let found = looked_up.borrow().find(user.issuer(), user.id());
            ready(Ok::<_, Infallible>(found.map(MappedUser)))
        };
        let settings = LookUpSettings {
            unknown_users: match unknown_users {
                UnknownUsers::Refuse => WithoutResult::Refuse,
                UnknownUsers::PassOn => WithoutResult::PassOn,
            },
            // A daemon has no user who could have moved: its roles and client id say what it may do.
            no_user: WithoutResult::PassOn,
            // The map answers at once, so no limits are needed.
            max_at_once: u32::MAX,
            max_waiting: u32::MAX,
            ..LookUpSettings::default()
        };
        let layer = auth.look_up(look_up, &settings)?;
        let users = Self { path, map, layer };
        users.tell();
        Ok(users)
    }

    /// Reads the file again.
    ///
    /// # Errors
    ///
    /// If the map cannot be used, or contains no user although the current one does.
    pub(super) fn read_again(&self) -> Result<UserMap, Box<dyn Error>> {
        let map = UserMap::read(&self.path)?;
        map.check_replaces(&self.map.borrow(), &self.path)?;
        Ok(map)
    }

    /// Makes a new map take effect at once.
    pub(super) fn put_into_force(&self, map: UserMap) {
        self.map.send_replace(Arc::new(map));
        self.layer.forget_all();
        self.tell();
    }

    /// The value of the header. `None` if the request has no user, or one who is not in the map.
    pub(super) fn header(&self, extensions: &Extensions) -> Option<HeaderValue> {
        self.layer.found(extensions).map(|user| user.0.clone())
    }

    fn tell(&self) {
        let map = Arc::clone(&self.map.borrow());
        let users = map.len();
        tracing::info!(file = %self.path.display(), users, "the map of users has been read");
        for remark in map.remarks(&self.path) {
            tracing::warn!("{remark}");
        }
    }
}
