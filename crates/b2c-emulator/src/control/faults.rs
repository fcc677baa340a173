use std::ops::RangeInclusive;

use axum::{Json, extract::Query, http::StatusCode};
use serde::Deserialize;

use super::{refused::Refused, selected_tenant::SelectedTenant};
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
) -> Result<StatusCode, Refused> {
    let policy = request.policy.as_deref();
    if let Some(name) = policy
        && tenant.with_ring(name, |_| ()).is_none()
    {
        return Err(Refused::policy(name, &tenant));
    }
    if let Fault::Status { code, .. } = request.fault
        && !STATUS_CODES.contains(&code)
    {
        let (first, last) = STATUS_CODES.into_inner();
        let text = format!("the status code of a fault is from {first} to {last}, not {code}");
        return Err(Refused::unusable(text));
    }
    tenant.set_fault(request.endpoint, policy, request.fault, request.times);
    Ok(StatusCode::NO_CONTENT)
}

/// Those of final responses (RFC 9110 §15).
const STATUS_CODES: RangeInclusive<u16> = 200..=599;

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
