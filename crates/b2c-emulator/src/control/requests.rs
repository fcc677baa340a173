use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::selected_tenant::SelectedTenant;
use crate::{
    clock::timestamp,
    request::{LoggedRequest, Site},
};

pub(super) async fn list(
    State(site): State<Arc<Site>>,
    SelectedTenant(tenant): SelectedTenant,
) -> Json<Value> {
    let requests = tenant.state().requests.clone();
    let log = site.log();
    let last: Vec<Value> = log.newest_first().map(described).collect();
    Json(json!({
        "metadata": requests.metadata,
        "keys": requests.keys,
        "authorize": requests.authorize,
        "token": requests.token,
        "last": last,
    }))
}

fn described(request: &LoggedRequest) -> Value {
    json!({
        "at": timestamp(request.at),
        "method": request.method,
        "path": request.path,
        "status": request.status,
        "note": request.note,
    })
}

pub(super) async fn reset(State(site): State<Arc<Site>>) -> StatusCode {
    site.reset();
    StatusCode::NO_CONTENT
}
