//! The same over HTTP, for those who run the emulator as a command.
//!
//! | request | effect |
//! |---|---|
//! | `POST /emulator/faults` `{"endpoint":"keys","fault":"hang"}` | a fault; `"times":3` and `"policy":"…"` limit it |
//! | `DELETE /emulator/faults` | ends all faults |
//! | `POST /emulator/rotate` | a new key that signs from now on |
//! | `GET /emulator/requests` | the counters |
//! | `POST /emulator/tokens` `{"policy":"…","audience":"…","scope":"…","claims":{}}` | a token |

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    fault::{Endpoint, Fault},
    site::Site,
    token::TokenBuilder,
};

pub(crate) fn router(_site: &Arc<Site>) -> Router<Arc<Site>> {
    Router::new()
        .route("/emulator/faults", post(add_fault).delete(heal))
        .route("/emulator/rotate", post(rotate))
        .route("/emulator/requests", get(requests))
        .route("/emulator/tokens", post(token))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultOrder {
    endpoint: Endpoint,
    fault: Fault,
    times: Option<usize>,
    policy: Option<String>,
}

async fn add_fault(State(site): State<Arc<Site>>, Json(order): Json<FaultOrder>) -> StatusCode {
    let tenant = &site.tenants[0];
    let policy = order.policy.as_deref();
    if policy.is_some_and(|policy| tenant.with_ring(policy, |_| ()).is_none()) {
        return StatusCode::NOT_FOUND;
    }
    let mut state = tenant.state();
    state
        .faults
        .set(order.endpoint, policy, order.fault, order.times);
    StatusCode::NO_CONTENT
}

async fn heal(State(site): State<Arc<Site>>) -> StatusCode {
    site.tenants[0].state().faults.clear();
    StatusCode::NO_CONTENT
}

async fn rotate(State(site): State<Arc<Site>>) -> Result<Json<Value>, StatusCode> {
    let key = site.tenants[0]
        .rotate()
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Json(json!({ "kid": key.kid() })))
}

async fn requests(State(site): State<Arc<Site>>) -> Json<Value> {
    let requests = site.tenants[0].state().requests.clone();
    Json(json!({ "metadata": requests.metadata, "keys": requests.keys }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenOrder {
    policy: Option<String>,
    audience: Option<String>,
    scope: Option<String>,
    #[serde(default)]
    claims: Map<String, Value>,
}

async fn token(
    State(site): State<Arc<Site>>,
    Json(order): Json<TokenOrder>,
) -> Result<Json<Value>, StatusCode> {
    let tenant = &site.tenants[0];
    let policy = order
        .policy
        .or_else(|| {
            tenant
                .seed
                .policies
                .first()
                .map(|policy| policy.name.clone())
        })
        .unwrap_or_default();
    if tenant.with_ring(&policy, |_| ()).is_none() {
        return Err(StatusCode::NOT_FOUND);
    }
    let mut token = TokenBuilder::access(tenant, &policy);
    if let Some(audience) = order.audience {
        token = token.audience(audience);
    }
    if let Some(scope) = order.scope {
        token = token.scope(scope);
    }
    for (name, value) in order.claims {
        token = token.claim(name, value);
    }
    Ok(Json(
        json!({ "access_token": token.sign(), "token_type": "Bearer" }),
    ))
}
