//! `--nginx`: answers that `auth_request` understands.
//!
//! nginx takes 2xx for a yes and 401 and 403 for a no, makes 500 of everything else, and drops the body. So the true answer goes into headers, and
//! `deploy/nginx/` turns them back into it.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

pub(super) async fn translate(response: Response) -> Response {
    let status = response.status();
    if status.is_success() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    // A body that is too long, or no text, is left out: the status says it all.
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    if let Ok(body) = HeaderValue::from_bytes(&body) {
        head.headers.insert(BODY, body);
    }
    head.headers.insert(STATUS, status.as_u16().into());
    // By its own name nginx would send it by itself too, but for a 401 only.
    if let Some(challenge) = head.headers.remove(header::WWW_AUTHENTICATE) {
        head.headers.insert(CHALLENGE, challenge);
    }
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.remove(header::CONTENT_TYPE);
    head.status = match status {
        StatusCode::UNAUTHORIZED => StatusCode::UNAUTHORIZED,
        _ => StatusCode::FORBIDDEN,
    };
    Response::from_parts(head, Body::empty())
}

const STATUS: HeaderName = HeaderName::from_static("x-auth-status");
const CHALLENGE: HeaderName = HeaderName::from_static("x-auth-challenge");
const BODY: HeaderName = HeaderName::from_static("x-auth-body");
/// Short enough for a header, with room for any sensible message.
const MAX_BODY_BYTES: usize = 4096;
