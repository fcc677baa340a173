//! `CheckRequest` ─▶ the HTTP request that it describes, without the body.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Request, header},
};
use envoy_types::pb::envoy::{
    config::core::v3::HeaderValue as EnvoyHeader,
    service::auth::v3::{CheckRequest, attribute_context::HttpRequest},
};

use crate::gateway::original_target::original_target;

/// `None` if it does not describe a valid request, which the caller must refuse.
pub(super) fn from_envoy(check: CheckRequest) -> Option<Request<Body>> {
    let http = check.attributes?.request?.http?;
    // An absolute URL is refused: the layer would judge it by its path and its host, but the service may read all of it as the path.
    let target = original_target(&http.path)?;
    let host = HeaderValue::from_str(&http.host).ok()?;
    let mut request = Request::builder()
        .method(http.method.as_str())
        .uri(target)
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

#[cfg(test)]
mod tests {
    use envoy_types::pb::envoy::service::auth::v3::{
        AttributeContext, attribute_context::Request as Attributes,
    };

    use super::*;

    fn path_of(path: &str) -> Option<String> {
        let http = HttpRequest {
            method: "GET".into(),
            host: "api.example".into(),
            path: path.into(),
            ..HttpRequest::default()
        };
        let request = Attributes {
            http: Some(http),
            ..Attributes::default()
        };
        let check = CheckRequest {
            attributes: Some(AttributeContext {
                request: Some(request),
                ..AttributeContext::default()
            }),
        };
        from_envoy(check).map(|request| request.uri().to_string())
    }

    #[test]
    fn a_path_is_a_path_as_the_client_sent_it() {
        for path in ["/", "/a//b?c?d", "/a/../%2f"] {
            assert_eq!(path_of(path).as_deref(), Some(path));
        }
        for path in ["", "*", "a", "http://other.example/public", "/a#b", "/a b"] {
            assert_eq!(path_of(path), None, "{path}");
        }
    }
}
