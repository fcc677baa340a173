//! OAuth 2.0 Form Post Response Mode: a form that submits itself or, without scripts, has a button.

use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use maud::html;

use super::layout::page;

pub(crate) fn form_post(redirect_uri: &str, pairs: &[(&str, String)]) -> Response<Body> {
    let body = html! {
        main {
            form method="post" action=(redirect_uri) {
                @for (name, value) in pairs {
                    input type="hidden" name=(name) value=(value);
                }
                noscript {
                    p { "Scripts are off." }
                    button.primary #continue { "Continue" }
                }
            }
        }
    };
    page(StatusCode::OK, "Continue", Some(SUBMIT), &body)
}

const SUBMIT: &str = "document.forms[0].submit();";
