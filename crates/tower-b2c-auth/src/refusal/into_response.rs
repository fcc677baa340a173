//! Refusals that handlers return.

use axum_core::response::{IntoResponse, Response};

use super::{AuthError, Refused, Unjudged, response::plain};

/// The same status, challenge and `Retry-After` as in the layer's own refusals, without a body. [`refusal`](crate::Settings::refusal) does not apply: it is
/// not known here.
impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        plain(self)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        plain(self.into())
    }
}

impl IntoResponse for Unjudged {
    fn into_response(self) -> Response {
        plain(self.into())
    }
}
