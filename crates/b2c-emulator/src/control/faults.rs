use axum::{Json, extract::Query, http::StatusCode};
use serde::Deserialize;

use super::selected_tenant::SelectedTenant;
use crate::faults::{Endpoint, Fault};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultRequest {
    endpoint: Endpoint,
    fault: Fault,
    times: Option<usize>,
    policy: Option<String>,
}

pub(super) async fn add(
    SelectedTenant(tenant): SelectedTenant,
    Json(request): Json<FaultRequest>,
) -> StatusCode {
    let policy = request.policy.as_deref();
    if policy.is_some_and(|policy| tenant.with_ring(policy, |_| ()).is_none()) {
        return StatusCode::NOT_FOUND;
    }
    tenant.set_fault(request.endpoint, policy, request.fault, request.times);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
pub(super) struct HealQuery {
    endpoint: Option<Endpoint>,
}

pub(super) async fn heal(
    SelectedTenant(tenant): SelectedTenant,
    Query(query): Query<HealQuery>,
) -> StatusCode {
    let mut state = tenant.state();
    match query.endpoint {
        Some(endpoint) => state.faults.clear_endpoint(endpoint),
        None => state.faults.clear(),
    }
    StatusCode::NO_CONTENT
}
