//! Pages that show only a message.

use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use maud::html;

use super::layout::page;
use crate::{request_log::Note, sign_in::Refusal, tenant::Tenant};

/// The page for an error that cannot be sent to the client.
pub(crate) fn refused(tenant: &Tenant, refusal: &Refusal) -> Response<Body> {
    let title = "The request cannot be answered";
    let body = html! {
        main {
            h1 { (title) }
            p.problem #error role="alert" { (refusal.description(tenant)) }
            @if let Refusal::RedirectUri { .. } = refusal {
                p { "Redirect URIs must match exactly. The seed file registers them, by platform." }
            }
            p.muted { (tenant.domain()) }
        }
    };
    let mut response = page(StatusCode::BAD_REQUEST, title, None, &body);
    response.extensions_mut().insert(Note(refusal.text(tenant)));
    response
}

/// The page after a sign-out without a registered URI to return to.
pub(crate) fn signed_out(tenant: &Tenant, wanted: Option<&str>) -> Response<Body> {
    let title = "You are signed out";
    let body = html! {
        main {
            h1 #signed-out { (title) }
            @if wanted.is_some() {
                p { "The URI to return to is not registered with any application of " (tenant.domain()) "." }
            }
        }
    };
    page(StatusCode::OK, title, None, &body)
}
