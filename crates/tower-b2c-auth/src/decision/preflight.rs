//! CORS preflights: what a browser sends before a request with a token to another origin.

use http::{Method, header};

use crate::refusal::RequestHead;

/// Whether a request is a CORS preflight, as the [Fetch standard](https://fetch.spec.whatwg.org/#cors-preflight-request) describes it.
/// A browser sends it without a token.
pub(super) fn is_preflight(head: RequestHead<'_>) -> bool {
    let headers = head.headers;
    head.method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}
