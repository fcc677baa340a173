//! Responses to the client, in the three response modes.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
    response::IntoResponse as _,
};

use super::refusal::Refusal;
use crate::{page, request::Note, tenants::Tenant};

/// Where and how to respond to a client. The redirect URI is registered.
#[derive(Debug, Clone)]
pub(crate) struct ReplyTo {
    pub(crate) redirect_uri: String,
    pub(crate) mode: ResponseMode,
    pub(crate) state: Option<String>,
}

/// OAuth 2.0 Multiple Response Types and Form Post Response Mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

/// The parameters of a response, in order.
pub(crate) type Pairs = Vec<(&'static str, String)>;

impl ReplyTo {
    pub(crate) fn send(&self, mut pairs: Pairs) -> Response<Body> {
        if let Some(state) = &self.state {
            pairs.push(("state", state.clone()));
        }
        let joint = match self.mode {
            ResponseMode::FormPost => return page::form_post(&self.redirect_uri, &pairs),
            ResponseMode::Fragment => '#',
            ResponseMode::Query if self.redirect_uri.contains('?') => '&',
            ResponseMode::Query => '?',
        };
        redirect(&format!("{}{joint}{}", self.redirect_uri, encode(&pairs)))
    }

    pub(crate) fn refuse(&self, tenant: &Tenant, refusal: &Refusal) -> Response<Body> {
        let mut response = self.send(vec![
            ("error", refusal.error(tenant).to_owned()),
            ("error_description", refusal.description(tenant)),
        ]);
        response.extensions_mut().insert(Note(refusal.text(tenant)));
        response
    }
}

/// 303, so the browser does not send the sign-in form again. The referrer is suppressed, because it contains the whole request.
pub(crate) fn redirect(url: &str) -> Response<Body> {
    let Ok(location) = HeaderValue::from_str(url) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

pub(crate) fn encode(pairs: &[(&str, String)]) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(pairs);
    encoded.finish()
}
