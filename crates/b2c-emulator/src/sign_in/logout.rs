//! `/oauth2/v2.0/logout` (OpenID Connect RP-Initiated Logout 1.0).

use axum::{
    body::Body,
    extract::Request,
    http::{Method, Response, header},
};

use super::{
    refusal::Refusal,
    reply::{encode, redirect},
    session::set_cookie,
};
use crate::{
    asked::Asked,
    page,
    params::{self, Params},
};

pub(crate) async fn logout(asked: Asked, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let text = if parts.method == Method::POST {
        match axum::body::to_bytes(body, params::MAX_BYTES).await {
            Ok(form) => form.to_vec(),
            Err(_) => return page::refused(&asked.tenant, &Refusal::TooLarge),
        }
    } else {
        parts.uri.query().unwrap_or_default().into()
    };
    let params = match Params::parse(&text) {
        Ok(params) => params,
        Err(error) => return page::refused(&asked.tenant, &error.into()),
    };
    asked.tenant.state().sessions.end(&asked, &parts.headers);
    let mut response = goodbye(&asked, &params);
    if let Some(cookie) = set_cookie(&asked, None) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Redirects only to the tenant's applications.
fn goodbye(asked: &Asked, params: &Params) -> Response<Body> {
    let wanted = params.get("post_logout_redirect_uri");
    let mut applications = asked.tenant.seed.applications.iter();
    let registered =
        wanted.filter(|uri| applications.any(|application| application.platform(uri).is_some()));
    let Some(uri) = registered else {
        return page::signed_out(&asked.tenant, wanted);
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
