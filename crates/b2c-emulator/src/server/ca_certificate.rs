//! `/emulator/ca.pem`: the authority's certificate, which is public. Its key is never served.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Response, StatusCode, header},
    response::IntoResponse as _,
    routing::get,
};

use crate::{request::Site, response::html};

pub(crate) fn router() -> Router<Arc<Site>> {
    Router::new().route("/emulator/ca.pem", get(certificate))
}

async fn certificate(State(site): State<Arc<Site>>) -> Response<Body> {
    match &site.authority {
        Some(authority) => {
            let headers = [(header::CONTENT_TYPE, "application/x-pem-file")];
            (headers, authority.pem()).into_response()
        }
        None => html(StatusCode::NOT_FOUND),
    }
}
