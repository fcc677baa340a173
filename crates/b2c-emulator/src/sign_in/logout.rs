//! `/oauth2/v2.0/logout` (OpenID Connect RP-Initiated Logout 1.0).

use axum::{
    body::Body,
    extract::Request,
    http::{Method, Response, header},
};

use super::{
    refusal::Refusal,
    reply::{encode, redirect},
    session_cookie::{session_id, set_cookie},
};
use crate::{
    page,
    request::{MAX_PARAMS_BYTES, Params, Route},
};

pub(crate) async fn logout(route: Route, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let text = if parts.method == Method::POST {
        match axum::body::to_bytes(body, MAX_PARAMS_BYTES).await {
            Ok(form) => form.to_vec(),
            Err(_) => return Refusal::TooLarge.page(&route.tenant),
        }
    } else {
        parts.uri.query().unwrap_or_default().into()
    };
    let params = match Params::parse(&text) {
        Ok(params) => params,
        Err(error) => return Refusal::from(error).page(&route.tenant),
    };
    if let Some(id) = session_id(&route, &parts.headers) {
        route.tenant.state().sessions.end(id);
    }
    let mut response = goodbye(&route, &params);
    if let Some(cookie) = set_cookie(&route, None) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Redirects only to the tenant's applications.
fn goodbye(route: &Route, params: &Params) -> Response<Body> {
    let wanted = params.get("post_logout_redirect_uri");
    let mut applications = route.tenant.seed.applications.iter();
    let registered =
        wanted.filter(|uri| applications.any(|application| application.platform(uri).is_some()));
    let Some(uri) = registered else {
        return page::signed_out(&route.tenant.domain(), wanted);
    };
    match params.get("state") {
        Some(state) => {
            let joint = if uri.contains('?') { '&' } else { '?' };
            let state = encode(&[("state", state.to_owned())]);
            redirect(&format!("{uri}{joint}{state}"))
        }
        None => redirect(uri),
    }
}
