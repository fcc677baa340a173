//! `CheckRequest` ─▶ the HTTP request that it describes, without its body.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Request, header},
};
use envoy_types::pb::envoy::{
    config::core::v3::HeaderValue as EnvoyHeader,
    service::auth::v3::{CheckRequest, attribute_context::HttpRequest},
};

/// `None` if it does not describe a request: the caller refuses it, never ignores it.
pub(super) fn from_envoy(check: CheckRequest) -> Option<Request<Body>> {
    let http = check.attributes?.request?.http?;
    // `Uri` would drop a fragment, which the service gets as a part of the path.
    if http.path.contains('#') {
        return None;
    }
    let host = HeaderValue::from_str(&http.host).ok()?;
    let mut request = Request::builder()
        .method(http.method.as_str())
        .uri(http.path.as_str())
        .body(Body::empty())
        .ok()?;
    *request.headers_mut() = headers(http)?;
    // Envoy names it apart from the headers.
    request.headers_mut().insert(header::HOST, host);
    Some(request)
}

/// Envoy sends one of two forms: with `encode_raw_headers` each header as received, otherwise headers of one name joined by commas.
fn headers(http: HttpRequest) -> Option<HeaderMap> {
    let mut all = HeaderMap::new();
    for header in http.header_map.map(|map| map.headers).unwrap_or_default() {
        let EnvoyHeader {
            key,
            value,
            raw_value,
        } = header;
        let value = if raw_value.is_empty() {
            value.into_bytes()
        } else {
            raw_value
        };
        add(&mut all, &key, &value)?;
    }
    for (name, value) in http.headers {
        add(&mut all, &name, value.as_bytes())?;
    }
    Some(all)
}

fn add(all: &mut HeaderMap, name: &str, value: &[u8]) -> Option<()> {
    // HTTP/2's pseudo-headers, such as :path.
    if name.starts_with(':') {
        return Some(());
    }
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let value = HeaderValue::from_bytes(value).ok()?;
    all.try_append(name, value).ok()?;
    Some(())
}
