//! One request, and many.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Request, StatusCode, header::AUTHORIZATION},
};
use futures_util::{StreamExt as _, stream};
use tower::ServiceExt as _;

use crate::identity_provider::IdentityProvider;

/// Sends a request with a fresh copy of this token, as if a server had just read it from a socket.
pub(crate) async fn send(router: &Router, token: &str) -> StatusCode {
    let mut value = Vec::with_capacity(7 + token.len());
    value.extend_from_slice(b"Bearer ");
    value.extend_from_slice(token.as_bytes());
    let mut request = Request::new(Body::empty());
    let value = HeaderValue::from_maybe_shared(axum::body::Bytes::from(value)).expect("a header value");
    request.headers_mut().insert(AUTHORIZATION, value);
    router.clone().oneshot(request).await.expect("an answer").status()
}

/// Sends them all, `width` at a time, and gives the share of those that were accepted within `limit`.
pub(crate) async fn share_accepted(router: &Router, tokens: &[String], width: usize, limit: Duration) -> f64 {
    let answers = stream::iter(tokens.to_vec()).map(|token| {
        let router = router.clone();
        let sent = async move { tokio::time::timeout(limit, send(&router, &token)).await };
        async { tokio::spawn(sent).await }
    });
    let answers: Vec<_> = answers.buffer_unordered(width).collect().await;
    let accepted = answers.iter().filter(|answer| matches!(answer, Ok(Ok(StatusCode::OK))));
    accepted.count() as f64 / tokens.len() as f64
}

/// Waits until a good token is accepted: some peers fetch their keys in the background, and refuse good tokens until they have them.
pub(crate) async fn warm_up(router: &Router, provider: &IdentityProvider) {
    let token = provider.tokens("good", 1).remove(0);
    for _ in 0..300 {
        if let Ok(StatusCode::OK) = tokio::time::timeout(Duration::from_secs(1), send(router, &token)).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a good token is not accepted: {}", send(router, &token).await);
}
