//! The layout of all pages.

use std::sync::OnceLock;

use aws_lc_rs::digest;
use axum::{
    body::Body,
    http::{Response, StatusCode, header},
    response::IntoResponse as _,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A page that runs at most this script and loads nothing.
pub(super) fn page(
    status: StatusCode,
    title: &str,
    script: Option<&'static str>,
    body: &Markup,
) -> Response<Body> {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (body)
                @if let Some(script) = script {
                    script { (PreEscaped(script)) }
                }
            }
        }
    };
    let scripts = script.map_or_else(|| "'none'".to_owned(), source);
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {scripts}; base-uri 'none'; frame-ancestors 'none'",
        style_source()
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy),
        // With `no-referrer`, browsers would not send the forms' origin.
        (header::REFERRER_POLICY, "same-origin".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (status, headers, markup.into_string()).into_response()
}

fn style_source() -> &'static str {
    static SOURCE: OnceLock<String> = OnceLock::new();
    SOURCE.get_or_init(|| source(STYLE))
}

/// The hash of the element's content (Content Security Policy Level 3 §2.3.1).
fn source(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    format!("'sha256-{}'", STANDARD.encode(digest))
}

const STYLE: &str = include_str!("style.css");
