//! Deliberately wrong responses.

use std::{convert::Infallible, io::Write as _, sync::OnceLock, time::Duration};

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
    response::IntoResponse as _,
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::Fault;
use crate::response::{html, json};

/// The response that this fault causes.
pub(crate) async fn misbehave(
    fault: Fault,
    good: impl Future<Output = Response<Body>>,
    uri: &str,
) -> Response<Body> {
    match fault {
        // The good response is not computed, so no authorization code is redeemed.
        Fault::Status { code, retry_after } => status(code, retry_after),
        Fault::Hang => std::future::pending().await,
        Fault::HtmlWith200 => html(StatusCode::OK),
        Fault::EndlessBody => streamed(stream::repeat(Ok(Bytes::from_static(&[b' '; 4096])))),
        Fault::CompressedBomb => bomb(),
        Fault::RedirectLoop => redirect(uri),
        Fault::RedirectTo(url) => redirect(&url),
        Fault::EmptyObject => json("{}".to_owned()),
        Fault::DeepNesting => json(deeply_nested()),
        Fault::Delay { millis } => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            good.await
        }
        Fault::CutBody => cut(good.await).await,
        Fault::TruncatedJson => changed(good.await, |body| half(&body).to_owned().into()).await,
        Fault::WrongContentType => {
            let mut response = good.await;
            let plain = HeaderValue::from_static("text/plain");
            response.headers_mut().insert(header::CONTENT_TYPE, plain);
            response
        }
        Fault::HugeBody { bytes } => changed(good.await, |body| padded(&body, bytes).into()).await,
        Fault::SlowDrip { bytes, millis } => {
            let pause = Duration::from_millis(millis);
            changed(good.await, |body| drip(body, bytes.max(1), pause)).await
        }
        // These change the document itself, in `document.rs`.
        Fault::EmptyKeys
        | Fault::DuplicateKid { .. }
        | Fault::UseEnc
        | Fault::EcBesideGood
        | Fault::OctBesideGood
        | Fault::UnknownBesideGood
        | Fault::SmallKey
        | Fault::ExponentOne
        | Fault::BrokenModulus
        | Fault::PrivateMembers
        | Fault::ForeignJwksUri(_)
        | Fault::ChangedIssuer(_)
        | Fault::TooManyKeys
        | Fault::Subset(_)
        | Fault::FlappingSubsets => good.await,
    }
}

/// The good response with another body. The server announces the new length.
async fn changed(good: Response<Body>, change: impl FnOnce(String) -> Body) -> Response<Body> {
    let (mut parts, body) = good.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await;
    let text = String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, change(text))
}

fn status(code: u16, retry_after: Option<u32>) -> Response<Body> {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = html(status);
    if let Some(seconds) = retry_after {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn redirect(url: &str) -> Response<Body> {
    (StatusCode::FOUND, [(header::LOCATION, url)]).into_response()
}

/// Announces the body's length, sends half of it, and closes the connection.
async fn cut(good: Response<Body>) -> Response<Body> {
    let mut length = 0;
    let mut response = changed(good, |body| {
        length = body.len();
        let part = Bytes::from(half(&body).to_owned());
        let part = stream::once(async { Ok(part) });
        // Without yielding, the error would close the connection before anything is sent.
        let end = stream::once(async {
            tokio::task::yield_now().await;
            Err(std::io::Error::other("cut"))
        });
        Body::from_stream(part.chain(end))
    })
    .await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length.into());
    response
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

fn drip(good: String, bytes: usize, pause: Duration) -> Body {
    let rest = Bytes::from(good);
    let drops = stream::unfold(rest, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let drop = rest.split_to(bytes.min(rest.len()));
        Some((Ok::<_, Infallible>(drop), rest))
    });
    Body::from_stream(drops)
}

fn bomb() -> Response<Body> {
    static BOMB: OnceLock<Bytes> = OnceLock::new();
    let body = BOMB
        .get_or_init(|| compressed_spaces().unwrap_or_default())
        .clone();
    let encoding: (HeaderName, &str) = (header::CONTENT_ENCODING, "gzip");
    ([(header::CONTENT_TYPE, "application/json"), encoding], body).into_response()
}

/// 65 MiB of spaces, compressed to a few hundred KiB.
fn compressed_spaces() -> std::io::Result<Bytes> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let block = [b' '; 1 << 16];
    for _ in 0..BOMB_BLOCKS {
        encoder.write_all(&block)?;
    }
    Ok(encoder.finish()?.into())
}

fn deeply_nested() -> String {
    format!("{{\"keys\":{}{}}}", "[".repeat(DEPTH), "]".repeat(DEPTH))
}

/// The document, padded to this size.
fn padded(document: &str, bytes: usize) -> String {
    let padding = bytes.min(MAX_HUGE_BODY).saturating_sub(document.len());
    let rest = document.strip_prefix('{').unwrap_or(document);
    format!("{{\"padding\":\"{}\",{rest}", "x".repeat(padding))
}

/// The largest padded document.
const MAX_HUGE_BODY: usize = 64 * 1024 * 1024;
const BOMB_BLOCKS: usize = 1040;
const DEPTH: usize = 100_000;
