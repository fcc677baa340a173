//! Protects the control endpoints from web pages other than the emulator's own:
//!
//! 1. `Host` must be a loopback name. Another name that resolves to this machine is a DNS rebinding attack.
//! 2. A request that changes something must not come from another origin, according to `Origin` and `Sec-Fetch-Site`.
//! 3. Responses have no CORS headers, so other pages cannot read them.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Response, StatusCode, header},
    middleware::Next,
    response::IntoResponse as _,
};

use crate::request::Site;

pub(super) async fn guard(
    State(site): State<Arc<Site>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    if !site.is_local(request.uri(), request.headers()) {
        return refuse(
            "ask at the host localhost, 127.0.0.1 or [::1]: the control endpoints answer at no other",
        );
    }
    if !request.method().is_safe() && is_foreign(&site, &request) {
        return refuse("pages of another origin may not do this");
    }
    next.run(request).await
}

fn is_foreign(site: &Site, request: &Request) -> bool {
    let base = site.base_of(request.uri(), request.headers());
    let base = base.unwrap_or_default();
    let origin = request.headers().get(header::ORIGIN);
    let fetch_site = request.headers().get("sec-fetch-site");
    origin.is_some_and(|origin| origin.as_bytes() != base.as_bytes())
        || fetch_site.is_some_and(|site| site != "same-origin" && site != "none")
}

fn refuse(why: &'static str) -> Response<Body> {
    (StatusCode::FORBIDDEN, why).into_response()
}
