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

/// The port closes at once, but the response to this request is still sent.
pub(super) async fn suspend(
    State(site): State<Arc<Site>>,
    Json(request): Json<SuspendRequest>,
) -> Response<Body> {
    site.suspend_for(Duration::from_millis(request.millis));
    (StatusCode::ACCEPTED, [(header::CONNECTION, "close")]).into_response()
}
