//! `--admin-listen`: what operators and their tools ask.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use serde_json::{Value, json};
use tower_b2c_auth::{AuthorityHealth, AuthorityStatus, migration::MigrationReport};

use super::{metrics, source::GatewayLayer};

pub(super) fn router(auth: GatewayLayer) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/migration", get(migration))
        .with_state(auth)
}

async fn livez() -> &'static str {
    "ok\n"
}

/// Ready once every authority that is neither optional nor on demand has keys.
async fn readyz(State(auth): State<GatewayLayer>) -> (StatusCode, Json<Value>) {
    let health = auth.health();
    let status = if health.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let authorities: Vec<_> = health.authorities().iter().map(describe).collect();
    (
        status,
        Json(
            json!({ "ready": health.is_ready(), "complete": health.is_complete(), "authorities": authorities }),
        ),
    )
}

async fn metrics(State(auth): State<GatewayLayer>) -> impl IntoResponse {
    let content_type: (HeaderName, &str) = (header::CONTENT_TYPE, metrics::CONTENT_TYPE);
    match metrics::text(&auth) {
        Ok(text) => ([content_type], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn migration(State(auth): State<GatewayLayer>) -> Json<MigrationReport> {
    Json(auth.migration_report())
}

fn describe(authority: &AuthorityHealth) -> Value {
    let (status, error) = match authority.status {
        AuthorityStatus::Ready => ("ready", None),
        AuthorityStatus::Stale { last_error, .. } => ("stale", Some(last_error)),
        AuthorityStatus::Cold { last_error } => ("cold", last_error),
        _ => ("unknown", None),
    };
    json!({
        "authority": authority.authority,
        "status": status,
        "usable_keys": authority.usable_keys,
        "last_error": error.map(|error| error.to_string()),
    })
}
