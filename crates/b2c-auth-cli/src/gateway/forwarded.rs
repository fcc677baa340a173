//! `--forwarded`: the proxy's request ─▶ the original request, which the layer judges.
//!
//! Envoy's request is a copy of the original one. Any other proxy's request has a method and path of its own, but the rules are for the original ones, which
//! the proxy sends in headers. Each header must occur exactly once: if one of two were ignored, the client's could be the one that counts, and choose the
//! rule. For the same reason, a request that has the headers of another kind of proxy is refused: the proxy that asks may be that other one, which replaces
//! its own headers but not those that the gateway reads, so those may be the client's.

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
        Ok(()) => {
            unreadable.note_read();
            next.run(request).await
        }
        Err((why, header)) => {
            unreadable.add(why, Some(header.as_str()));
            StatusCode::BAD_REQUEST.into_response()
        }
    }
}

/// # Errors
///
/// Why the original request cannot be read, and from which header.
fn restored(proxy: Forwarded, request: &mut Request) -> Result<(), (Unreadable, HeaderName)> {
    let (own, others) = match proxy {
        Forwarded::Nginx | Forwarded::Haproxy => (Some(ORIGINAL), &[FORWARDED][..]),
        Forwarded::Caddy | Forwarded::Traefik => (Some(FORWARDED), &[ORIGINAL][..]),
        Forwarded::Envoy => (None, &[ORIGINAL, FORWARDED][..]),
    };
    let headers = request.headers();
    // Not by the host alone, which load balancers in front of the proxy send too.
    for [method, _, target] in others
        .iter()
        .map(|names| names.map(HeaderName::from_static))
    {
        if headers.contains_key(method) && headers.contains_key(&target) {
            return Err((Unreadable::OtherProxy, target));
        }
    }
    let Some(own) = own else {
        // Envoy's request has the original method, host and path.
        return Ok(());
    };
    let [method, host, target] = own.map(HeaderName::from_static);
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

/// The method, host and target, as nginx and HAProxy send them.
const ORIGINAL: [&str; 3] = ["x-original-method", "x-original-host", "x-original-uri"];
/// The same three, as Caddy and Traefik send them.
const FORWARDED: [&str; 3] = ["x-forwarded-method", "x-forwarded-host", "x-forwarded-uri"];

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

    /// The bug: behind a proxy of another kind, which does not replace the headers that the gateway reads, a client chose the rule.
    #[test]
    fn the_headers_of_another_kind_of_proxy_are_refused() {
        let sets = [ORIGINAL, FORWARDED].map(|names| [0, 1, 2].map(|at| (names[at], "GET")));
        let [original, forwarded] = &sets;
        for (proxy, own, other) in [
            (Forwarded::Nginx, original, forwarded),
            (Forwarded::Haproxy, original, forwarded),
            (Forwarded::Caddy, forwarded, original),
            (Forwarded::Traefik, forwarded, original),
            (Forwarded::Envoy, &sets[0], forwarded),
            (Forwarded::Envoy, &sets[1], original),
        ] {
            let restored = restored_by(proxy, &[&own[..], &other[..]].concat());
            let target = match proxy {
                Forwarded::Envoy => ORIGINAL[2],
                _ => other[2].0,
            };
            assert_eq!(restored, Err(format!("OtherProxy {target}")), "{proxy:?}");
        }
        // One of them alone is a client's, or a load balancer's in front of the proxy.
        for name in FORWARDED {
            let mut headers = original.to_vec();
            headers[2].1 = "/a";
            headers.push((name, "public.example"));
            let restored = restored_by(Forwarded::Nginx, &headers);
            assert_eq!(restored, Ok("GET GET /a".into()), "{name}");
        }
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
        let restored = restored_by(Forwarded::Caddy, &all[3..]);
        assert_eq!(restored, Err("Missing x-forwarded-method".into()));
    }
}
