//! `--admin-listen`: endpoints for operators and their tools.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use serde_json::Value;
use tower_b2c_auth::migration::MigrationReport;

use super::{metrics, state::Gateway};

pub(super) fn router(gateway: Gateway) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/migration", get(migration))
        .with_state(gateway)
}

async fn livez() -> &'static str {
    "ok\n"
}

/// Ready as [`Health::is_ready`](tower_b2c_auth::Health::is_ready) says. Not ready while draining.
async fn readyz(State(gateway): State<Gateway>) -> (StatusCode, Json<Value>) {
    let health = gateway.auth.health();
    let is_ready = health.is_ready() && !gateway.is_draining();
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    // A report of numbers, texts and lists can always be serialized.
    let mut body = serde_json::to_value(&health).unwrap_or_default();
    if let Some(ready) = body.get_mut("ready") {
        *ready = is_ready.into();
    }
    (status, Json(body))
}

async fn metrics(State(gateway): State<Gateway>) -> impl IntoResponse {
    let content_type: (HeaderName, &str) = (header::CONTENT_TYPE, metrics::CONTENT_TYPE);
    match metrics::text(&gateway) {
        Ok(text) => ([content_type], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn migration(State(gateway): State<Gateway>) -> Json<MigrationReport> {
    Json(gateway.auth.migration_report())
}
