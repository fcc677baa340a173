//! Plain responses, with the same headers as B2C's.

use axum::{
    body::Body,
    http::{Response, StatusCode, header},
    response::IntoResponse as _,
};

pub(crate) fn json(document: String) -> Response<Body> {
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "private"),
    ];
    (headers, document).into_response()
}

/// An HTML page like B2C's for missing pages and errors.
pub(crate) fn html(status: StatusCode) -> Response<Body> {
    (
        status,
        [(header::CONTENT_TYPE, "text/html")],
        "<html><body>The resource you are looking for is not here.</body></html>",
    )
        .into_response()
}
