//! `CheckRequest` ─▶ the HTTP request that it describes, without the body.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Request, header},
};
use envoy_types::pb::envoy::{
    config::core::v3::HeaderValue as EnvoyHeader,
    service::auth::v3::{CheckRequest, attribute_context::HttpRequest},
};

/// `None` if it does not describe a valid request, which the caller must refuse.
pub(super) fn from_envoy(check: CheckRequest) -> Option<Request<Body>> {
    let http = check.attributes?.request?.http?;
    // `Uri` would drop a fragment, but the service would get it as a part of the path.
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
    // Envoy sends the host separately from the headers.
    request.headers_mut().insert(header::HOST, host);
    Some(request)
}

/// Reads either form: with `encode_raw_headers`, Envoy sends each header as received; otherwise, it joins headers of the same name with commas.
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
    // HTTP/2 pseudo-headers, such as :path.
    if name.starts_with(':') {
        return Some(());
    }
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let value = HeaderValue::from_bytes(value).ok()?;
    all.try_append(name, value).ok()?;
    Some(())
}
