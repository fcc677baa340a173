//! `--forwarded`: the proxy's request ─▶ the original request, which the layer judges.
//!
//! Envoy's request is a copy of the original one. Any other proxy's request has a method and path of its own, but the rules are for the original ones, which
//! the proxy sends in headers. Each header must occur exactly once: if one of two were ignored, the client's could be the one that counts, and choose the
//! rule.

use std::sync::Arc;

use axum::{
    extract::{OriginalUri, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::{
    original_target::original_target,
    unreadable_requests::{Unreadable, UnreadableRequests},
};
use crate::cli::Forwarded;

/// Passes the original request on, or refuses a request that does not describe it.
pub(super) async fn restore(
    State((proxy, unreadable)): State<(Forwarded, Arc<UnreadableRequests>)>,
    mut request: Request,
    next: Next,
) -> Response {
    match restored(proxy, &mut request) {
        Ok(()) => next.run(request).await,
        Err((why, header)) => {
            unreadable.add(why, header.as_str());
            StatusCode::BAD_REQUEST.into_response()
        }
    }
}

/// # Errors
///
/// Why the original request cannot be read, and from which header.
fn restored(proxy: Forwarded, request: &mut Request) -> Result<(), (Unreadable, HeaderName)> {
    let [method, host, target] = match proxy {
        Forwarded::Nginx | Forwarded::Haproxy => {
            ["x-original-method", "x-original-host", "x-original-uri"]
        }
        Forwarded::Caddy | Forwarded::Traefik => {
            ["x-forwarded-method", "x-forwarded-host", "x-forwarded-uri"]
        }
        // Its request has the original method, host and path.
        Forwarded::Envoy => return Ok(()),
    }
    .map(HeaderName::from_static);
    let headers = request.headers();
    let found = only(headers, &method)?.as_bytes();
    let original_method = Method::from_bytes(found).map_err(|_| (Unreadable::Invalid, method))?;
    let original_host = only(headers, &host)?.clone();
    let found = str::from_utf8(only(headers, &target)?.as_bytes()).ok();
    let original_uri = found
        .and_then(original_target)
        .ok_or((Unreadable::Invalid, target))?;

    *request.method_mut() = original_method;
    request.headers_mut().insert(header::HOST, original_host);
    *request.uri_mut() = original_uri.clone();
    // axum has already set this to the URI of the proxy's request.
    request.extensions_mut().insert(OriginalUri(original_uri));
    Ok(())
}

fn only<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<&'a HeaderValue, (Unreadable, HeaderName)> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        (None, _) => Err((Unreadable::Missing, name.clone())),
        (Some(_), Some(_)) => Err((Unreadable::Repeated, name.clone())),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn restored_by(proxy: Forwarded, headers: &[(&str, &str)]) -> Result<String, String> {
        let mut request = Request::get("http://gateway.internal/own?x");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        restored(proxy, &mut request).map_err(|(why, header)| format!("{why:?} {header}"))?;
        let OriginalUri(original) = request.extensions().get().unwrap();
        assert_eq!(original, request.uri());
        let host = request.headers()[header::HOST].to_str().unwrap();
        Ok(format!("{} {host} {original}", request.method()))
    }

    #[test]
    fn each_header_of_the_proxy_must_be_there_once() {
        let all = [
            ("x-original-method", "PUT"),
            ("x-original-host", "api.example:80"),
            ("x-original-uri", "/a/../%2f?b=c"),
            ("host", "gateway.internal"),
            ("x-forwarded-uri", "/forged"),
        ];
        for proxy in [Forwarded::Nginx, Forwarded::Haproxy] {
            let restored = restored_by(proxy, &all);
            assert_eq!(restored, Ok("PUT api.example:80 /a/../%2f?b=c".into()));
        }
        for (at, (name, _)) in all.iter().enumerate().take(3) {
            let mut without = all.to_vec();
            let twice = [&without[..], &[without[at]]].concat();
            without.remove(at);
            for (headers, why) in [(without, "Missing"), (twice, "Repeated")] {
                let restored = restored_by(Forwarded::Nginx, &headers);
                assert_eq!(restored, Err(format!("{why} {name}")), "{headers:?}");
            }
        }
        let restored = restored_by(Forwarded::Caddy, &all);
        assert_eq!(restored, Err("Missing x-forwarded-method".into()));
    }
}
