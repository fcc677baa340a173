//! `--listen`: answers with 200 and the claim headers, or with the layer's refusal.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
    middleware::{from_fn_with_state, map_response},
    routing::any,
};

use tower::util::option_layer;

use super::{forwarded, nginx, state::Gateway};
use crate::cli::Forwarded;

/// How the proxy treats a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proxy {
    /// It sends any response but 200 to the client unchanged.
    Ordinary,
    /// It understands only 200, 401 and 403.
    Nginx,
}

pub(super) fn router(gateway: Gateway, proxy: Proxy, forwarded: Option<Forwarded>) -> Router {
    let auth = gateway.auth.clone();
    let unreadable = Arc::clone(&gateway.unreadable);
    let users = gateway.users.as_ref().map(|users| users.layer.clone());
    let allow = any(allow).with_state((gateway, forwarded));
    let router = Router::new().fallback_service(allow);
    let router = router.layer(option_layer(users)).layer(auth);
    let router = match forwarded {
        Some(proxy) => router.layer(from_fn_with_state((proxy, unreadable), forwarded::restore)),
        None => router,
    };
    match proxy {
        Proxy::Ordinary => router,
        Proxy::Nginx => router.layer(map_response(nginx::translate)),
    }
}

async fn allow(
    State((gateway, proxy)): State<(Gateway, Option<Forwarded>)>,
    request: Request,
) -> HeaderMap {
    let allow_response = gateway.allow_response();
    let mut headers = allow_response.claim_headers(request.extensions());
    let removal = allow_response.removal().zip(proxy);
    headers.extend(removal.and_then(|(removal, proxy)| removal.instruction_to(proxy)));
    headers
}
