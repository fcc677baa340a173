//! Pages that show only a message.

use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use maud::html;

use super::layout::page;

/// The page for an error that cannot be sent to the client. `domain` is the tenant's.
pub(crate) fn refused(domain: &str, problem: &str, hint: Option<&str>) -> Response<Body> {
    let title = "The request cannot be answered";
    let body = html! {
        main {
            h1 { (title) }
            p.problem #error role="alert" { (problem) }
            @if let Some(hint) = hint { p { (hint) } }
            p.muted { (domain) }
        }
    };
    page(StatusCode::BAD_REQUEST, title, None, &body)
}

/// The page after a sign-out without a registered URI to return to.
pub(crate) fn signed_out(domain: &str, wanted: Option<&str>) -> Response<Body> {
    let title = "You are signed out";
    let body = html! {
        main {
            h1 #signed-out { (title) }
            @if wanted.is_some() {
                p { "The URI to return to is not registered with any application of " (domain) "." }
            }
        }
    };
    page(StatusCode::OK, title, None, &body)
}
