use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{Response, StatusCode, header},
    response::IntoResponse as _,
};
use serde::Deserialize;

use crate::request::Site;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SuspendRequest {
    millis: u64,
}

/// The response to this request is the last one before the port closes.
pub(super) async fn suspend(
    State(site): State<Arc<Site>>,
    Json(request): Json<SuspendRequest>,
) -> Response<Body> {
    site.suspend_for(Duration::from_millis(request.millis));
    (StatusCode::ACCEPTED, [(header::CONNECTION, "close")]).into_response()
}
