//! Which pages of other origins may call the API.

use axum::http::{HeaderValue, Method, header};
use tower_http::cors::CorsLayer;

use crate::Error;

/// Lets these pages call the API, and read its challenges: those name the scope that is missing.
pub(crate) fn layer(origins: &[String]) -> Result<CorsLayer, Error> {
    let origins: Result<Vec<HeaderValue>, _> = origins.iter().map(|it| it.parse()).collect();
    Ok(CorsLayer::new()
        .allow_origin(origins?)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([header::WWW_AUTHENTICATE, header::RETRY_AFTER]))
}
