//! The one place where a refusal becomes a response.

use bytes::Bytes;
use http::{
    HeaderValue, Response,
    header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};

use super::{
    apim_style::ApimStyle,
    body::RefusalBody,
    error::{AuthError, Unjudged},
};

/// The whole answer, with the reason in its extensions. `style` says how refusals look; none: as RFC 6750 has it.
pub(crate) fn into_response<B, R: RefusalBody<B>>(
    error: AuthError,
    style: Option<&ApimStyle>,
) -> Response<B> {
    let (status, body) = match (&error, style) {
        (AuthError::Refused(refused), Some(style)) => (style.status, style.body(refused)),
        _ => (error.status(), Bytes::new()),
    };
    let is_json = !body.is_empty();
    let mut response = Response::new(R::body(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if is_json {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    match &error {
        AuthError::Refused(refused) => {
            headers.insert(WWW_AUTHENTICATE, refused.challenge());
        }
        AuthError::Unjudged(unjudged) => {
            headers.extend(retry_after(*unjudged).map(|seconds| (RETRY_AFTER, seconds)));
        }
    }
    response.extensions_mut().insert(error);
    response
}

fn retry_after(unjudged: Unjudged) -> Option<HeaderValue> {
    let wait = unjudged.retry_after()?;
    let seconds = wait
        .as_secs()
        .saturating_add(u64::from(wait.subsec_nanos() > 0));
    Some(HeaderValue::from(seconds.clamp(1, MAX_RETRY_AFTER_SECONDS)))
}

/// A client that waits longer has gone away.
const MAX_RETRY_AFTER_SECONDS: u64 = 3600;
