//! The HTTP server: a path → what is asked → the document or the fault.

use std::{
    convert::Infallible,
    io::Write as _,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderName, Response, StatusCode, header},
    response::IntoResponse as _,
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::net::TcpListener;

use crate::{
    connections, control,
    document::{self, Asked},
    fault::{Endpoint, Fault},
    issuer::UrlForm,
    tenant::Tenant,
};

pub(crate) async fn run(listener: TcpListener, tenant: Arc<Tenant>) {
    let mut router = Router::new().fallback(answer);
    if tenant.control {
        router = router.merge(control::router());
    }
    connections::serve(listener, router.with_state(tenant)).await;
}

async fn answer(State(tenant): State<Arc<Tenant>>, request: Request) -> Response<Body> {
    let Some(asked) = asked(&tenant, request.uri().path(), request.uri().query()) else {
        return not_found();
    };
    let count = count(&tenant, &asked);
    let Some(published) = tenant.with_ring(&asked.policy, |ring| ring.published.clone()) else {
        return not_found();
    };
    let fault = tenant.state().faults.take(asked.endpoint, &asked.policy);
    let good = match asked.endpoint {
        Endpoint::Keys => document::key_set(&published, fault.as_ref(), count),
        Endpoint::Metadata | Endpoint::Both => document::metadata(&tenant, &asked, fault.as_ref()),
    };
    match fault {
        None => json(good),
        Some(fault) => misbehave(fault, good, request.uri().to_string()).await,
    }
}

/// What a path means, in any of B2C's forms; none if the tenant does not know it.
fn asked(tenant: &Tenant, path: &str, query: Option<&str>) -> Option<Asked> {
    let segments: Vec<_> = path.trim_start_matches('/').split('/').collect();
    let (form, segments) = match segments.as_slice() {
        [first, rest @ ..] if first.eq_ignore_ascii_case("tfp") => (UrlForm::Tfp, rest),
        all => (UrlForm::Path, all),
    };
    let (domain, rest) = segments.split_first()?;
    let in_query =
        query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("p=")));
    let (form, policy, rest) = match (in_query, rest) {
        (Some(policy), rest) if form == UrlForm::Path => (UrlForm::Query, policy, rest),
        (_, [policy, rest @ ..]) => (form, *policy, rest),
        _ => return None,
    };
    let endpoint = match rest {
        ["v2.0", ".well-known", "openid-configuration"] => Endpoint::Metadata,
        ["discovery", "v2.0", "keys"] => Endpoint::Keys,
        _ => return None,
    };
    let known = tenant.is_its_domain(domain)
        && tenant
            .policies
            .iter()
            .any(|known| known.eq_ignore_ascii_case(policy));
    known.then(|| Asked {
        endpoint,
        form,
        domain: (*domain).to_owned(),
        policy: policy.to_ascii_lowercase(),
    })
}

/// How many requests for this came before.
fn count(tenant: &Tenant, asked: &Asked) -> usize {
    let mut state = tenant.state();
    let counters = match asked.endpoint {
        Endpoint::Keys => &mut state.requests.keys,
        Endpoint::Metadata | Endpoint::Both => &mut state.requests.metadata,
    };
    let counter = counters.entry(asked.policy.clone()).or_default();
    *counter += 1;
    *counter - 1
}

async fn misbehave(fault: Fault, good: String, uri: String) -> Response<Body> {
    match fault {
        Fault::Status { code, retry_after } => {
            let mut response =
                html(StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
            if let Some(seconds) = retry_after {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, seconds.into());
            }
            response
        }
        Fault::Delay { millis } => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            json(good)
        }
        Fault::Hang => std::future::pending().await,
        Fault::CutBody => cut(&good),
        Fault::TruncatedJson => json(half(&good).to_owned()),
        Fault::HtmlWith200 => html(StatusCode::OK),
        Fault::WrongContentType => ([(header::CONTENT_TYPE, "text/plain")], good).into_response(),
        Fault::HugeBody { bytes } => json(document::padded(&good, bytes)),
        Fault::EndlessBody => streamed(stream::repeat(Ok(Bytes::from_static(&[b' '; 4096])))),
        Fault::SlowDrip { bytes, millis } => {
            drip(good, bytes.max(1), Duration::from_millis(millis))
        }
        Fault::CompressedBomb => bomb(),
        Fault::RedirectLoop => redirect(&uri),
        Fault::RedirectTo(url) => redirect(&url),
        Fault::EmptyObject => json("{}".to_owned()),
        Fault::DeepNesting => json(document::deeply_nested()),
        // The others are in the document itself.
        _ => json(good),
    }
}

fn json(document: String) -> Response<Body> {
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "private"),
    ];
    (headers, document).into_response()
}

fn not_found() -> Response<Body> {
    html(StatusCode::NOT_FOUND)
}

fn html(status: StatusCode) -> Response<Body> {
    (
        status,
        [(header::CONTENT_TYPE, "text/html")],
        "<html><body>The resource you are looking for is not here.</body></html>",
    )
        .into_response()
}

fn redirect(url: &str) -> Response<Body> {
    (StatusCode::FOUND, [(header::LOCATION, url)]).into_response()
}

/// Says how long the body is, sends half of it, and closes the connection.
fn cut(good: &str) -> Response<Body> {
    let part = Bytes::from(half(good).to_owned());
    let part = stream::once(async { Ok(part) });
    // Without a pause the error overtakes what was written, and nothing at all is sent.
    let end = stream::once(async {
        tokio::task::yield_now().await;
        Err(std::io::Error::other("cut"))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_LENGTH, good.len().to_string()),
    ];
    (headers, Body::from_stream(part.chain(end))).into_response()
}

fn half(good: &str) -> &str {
    good.get(..good.len() / 2).unwrap_or_default()
}

fn streamed(
    body: impl futures_util::Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
) -> Response<Body> {
    (
        [(header::CONTENT_TYPE, "application/json")],
        Body::from_stream(body),
    )
        .into_response()
}

fn drip(good: String, bytes: usize, pause: Duration) -> Response<Body> {
    streamed(stream::unfold(
        Bytes::from(good),
        move |mut rest| async move {
            if rest.is_empty() {
                return None;
            }
            tokio::time::sleep(pause).await;
            let drop = rest.split_to(bytes.min(rest.len()));
            Some((Ok(drop), rest))
        },
    ))
}

fn bomb() -> Response<Body> {
    static BOMB: OnceLock<Bytes> = OnceLock::new();
    let body = BOMB
        .get_or_init(|| compressed_spaces().unwrap_or_default())
        .clone();
    let encoding: (HeaderName, &str) = (header::CONTENT_ENCODING, "gzip");
    ([(header::CONTENT_TYPE, "application/json"), encoding], body).into_response()
}

/// 65 MiB of spaces, a few hundred times smaller on the wire.
fn compressed_spaces() -> std::io::Result<Bytes> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let block = [b' '; 1 << 16];
    for _ in 0..BOMB_BLOCKS {
        encoder.write_all(&block)?;
    }
    Ok(encoder.finish()?.into())
}

const BOMB_BLOCKS: usize = 1040;
