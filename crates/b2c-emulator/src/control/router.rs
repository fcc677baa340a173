//! The routes, all behind the guard.

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{delete, get, post},
};

use super::{dashboard, faults, guard, keys, requests, suspend, tokens, users};
use crate::request::Site;

pub(crate) fn router(site: &Arc<Site>) -> Router<Arc<Site>> {
    Router::new()
        .route("/emulator", get(dashboard::show))
        .route("/emulator/", get(dashboard::show))
        .route("/emulator/page", post(dashboard::act))
        .route("/emulator/reset", post(requests::reset))
        .route("/emulator/faults", post(faults::add).delete(faults::heal))
        .route("/emulator/suspend", post(suspend::suspend))
        .route("/emulator/rotate", post(keys::rotate))
        .route("/emulator/keys", get(keys::list).post(keys::make))
        .route("/emulator/keys/{kid}/sign", post(keys::sign))
        .route("/emulator/keys/{kid}", delete(keys::withdraw))
        .route("/emulator/users", get(users::list).put(users::put))
        .route("/emulator/users/{id}", delete(users::remove))
        .route("/emulator/requests", get(requests::list))
        .route("/emulator/tokens", post(tokens::token))
        .layer(middleware::from_fn_with_state(
            Arc::clone(site),
            guard::guard,
        ))
}
