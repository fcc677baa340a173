//! Lets scripts of other origins read metadata, keys and tokens, as B2C does. They cannot read the pages or anything under `/emulator`.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};

use crate::request::PolicyEndpoint;

pub(crate) fn is_open(endpoint: PolicyEndpoint) -> bool {
    matches!(
        endpoint,
        PolicyEndpoint::Metadata | PolicyEndpoint::Keys | PolicyEndpoint::Token
    )
}

pub(crate) fn preflight(headers: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let allowed = response.headers_mut();
    allowed.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    allowed.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, OPTIONS"),
    );
    if let Some(wanted) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        allowed.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    allowed.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("600"),
    );
    response
}

pub(crate) fn allow(endpoint: PolicyEndpoint, mut response: Response<Body>) -> Response<Body> {
    if is_open(endpoint) {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    }
    response
}

/// Without cookies: other origins cannot use a session.
const ANY: HeaderValue = HeaderValue::from_static("*");
