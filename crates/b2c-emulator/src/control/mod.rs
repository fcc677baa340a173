//! Everything the handle can do, over HTTP, for those who run the emulator as a command.
//!
//! | request | effect |
//! |---|---|
//! | `GET /emulator` | the page |
//! | `POST /emulator/reset` | all tenants as they started |
//! | `POST /emulator/faults` `{"endpoint":"keys","fault":"hang"}` | a fault; `"times":3` and `"policy":"…"` limit it |
//! | `DELETE /emulator/faults` | ends all faults; with `?endpoint=keys` those of one endpoint |
//! | `POST /emulator/suspend` `{"millis":500}` | closes the port for this time |
//! | `POST /emulator/rotate` | a new key that signs from now on |
//! | `GET /emulator/keys` | which keys are published, and which one signs |
//! | `POST /emulator/keys` `{"publish":true,"sign":false}` | a new key, or the one in `pem`; `kid` gives it another id |
//! | `POST /emulator/keys/{kid}/sign` | signs with a published key |
//! | `DELETE /emulator/keys/{kid}` | no longer publishes a key |
//! | `GET /emulator/users`, `PUT /emulator/users` `{"object_id":"…","name":"…","emails":[]}`, `DELETE /emulator/users/{object id}` | the users |
//! | `GET /emulator/requests` | the counters, and the last requests |
//! | `POST /emulator/tokens` `{"policy":"…","audience":"…","scope":"…","roles":[],"claims":{},"expires_in":60}` | a token; `"kind":"id"`, `"without":["exp"]`, `"header":{}` and `"sign":"none"` or `"hs256"` make others |
//!
//! `?tenant=<name>` chooses a tenant; the first one otherwise.

mod chosen;
mod dashboard;
mod faults;
mod guard;
mod keys;
mod mint;
mod requests;
mod suspend;
mod tokens;
mod users;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{delete, get, post},
};

use crate::site::Site;

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
