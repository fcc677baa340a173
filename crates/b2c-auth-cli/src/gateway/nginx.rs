//! `--forwarded nginx` and `--nginx`: answers that `auth_request` understands.
//!
//! nginx allows a request if the answer is 2xx and denies it for 401 or 403. It turns any other status into 500, and drops the body. So the actual response is
//! sent in headers, from which `deploy/nginx/` restores it.

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
    // A body that is too long or not text is left out. The status suffices.
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    if let Ok(body) = HeaderValue::from_bytes(&body) {
        head.headers.insert(BODY, body);
    }
    head.headers.insert(STATUS, status.as_u16().into());
    // nginx itself would send `WWW-Authenticate` to the client, but only with 401.
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
