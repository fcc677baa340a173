//! The one place where a refusal becomes a response.
//!
//! 1. The status: that of the reason, or that of `[refusal]` for everything but server-side failures.
//! 2. `WWW-Authenticate`, if the request was judged; `Retry-After`, if it was not and trying again may help.
//! 3. The body: that of the service's own `MakeRefusalBody`, else that of `[refusal]`, else none.
//! 4. The reason, in the extensions. It is for the layers outside, and never leaves the process.

use axum_core::body::Body;
use http::{
    HeaderValue, Response,
    header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};

use super::{
    apim_style::ApimStyle,
    body::{MakeRefusalBody, RefusalBody},
    context::Refusal,
    error::AuthError,
    request_head::RequestHead,
    unjudged::Unjudged,
};

/// The format of a layer's refusals. By default, they follow RFC 6750 and have no body.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RefusalFormat<'a> {
    /// The status and, unless `body` is set, the body.
    pub(crate) style: Option<&'a ApimStyle>,
    pub(crate) body: Option<&'a dyn MakeRefusalBody>,
}

impl RefusalFormat<'_> {
    /// The complete response, with the reason in its extensions.
    pub(crate) fn respond(self, error: AuthError, head: RequestHead<'_>) -> Response<Body> {
        let (status, styled) = match (&error, self.style) {
            (AuthError::Refused(refused), Some(style)) => (style.status, style.body(refused)),
            _ => (error.status(), RefusalBody::empty()),
        };
        let challenge = error.challenge();
        let body = match self.body {
            Some(maker) => maker.make_refusal_body(&Refusal {
                error: &error,
                status,
                challenge: challenge.as_ref(),
                head,
            }),
            None => styled,
        };
        response(error, status, challenge, body)
    }
}

/// The response according to RFC 6750.
#[cfg(feature = "axum")]
pub(super) fn plain(error: AuthError) -> Response<Body> {
    let (status, challenge) = (error.status(), error.challenge());
    response(error, status, challenge, RefusalBody::empty())
}

fn response(
    error: AuthError,
    status: http::StatusCode,
    challenge: Option<HeaderValue>,
    body: RefusalBody,
) -> Response<Body> {
    let (content_type, body) = body.into_parts();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    // Not `extend`, which reserves room for exactly one header, although the server adds more.
    if let Some(value) = challenge {
        headers.insert(WWW_AUTHENTICATE, value);
    }
    if let Some(value) = content_type {
        headers.insert(CONTENT_TYPE, value);
    }
    if let AuthError::Unjudged(unjudged) = &error
        && let Some(seconds) = retry_after(*unjudged)
    {
        headers.insert(RETRY_AFTER, seconds);
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

/// The longest wait that a client is told: a client that had to wait longer would not come back.
const MAX_RETRY_AFTER_SECONDS: u64 = 3600;
