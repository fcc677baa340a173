//! `/oauth2/v2.0/logout` (OpenID Connect RP-Initiated Logout 1.0).

use axum::{
    body::Body,
    extract::Request,
    http::{Response, header},
};

use super::{
    refusal::Refusal,
    reply::{encode, redirect},
    session_cookie::{session_id, set_cookie},
};
use crate::{
    page,
    request::{Params, Route, read_query_or_form},
};

pub(crate) async fn logout(route: Route, request: Request) -> Response<Body> {
    let read = read_query_or_form(request).await;
    let read = read.and_then(|(headers, text)| Ok((headers, Params::parse(&text)?)));
    let (headers, params) = match read {
        Ok(read) => read,
        Err(error) => return Refusal::from(error).page(&route.tenant),
    };
    if let Some(id) = session_id(&route, &headers) {
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
