//! `AuthError` → response: RFC 6750's way, or API Management's.

use std::sync::Arc;

use b2c_verify::CredentialsError;
use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;

use crate::{error::AuthError, refusal_body::RefusalBody};

/// A refusal on its way to the client.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) error: AuthError,
    /// None: RFC 6750's.
    manner: Option<Arc<Manner>>,
}

/// API Management's manner: one status and a JSON body. See [`RefusalSettings`](crate::RefusalSettings).
#[derive(Debug)]
pub(crate) struct Manner {
    status: StatusCode,
    /// The bodies for each kind of refusal, in the order of [`Kind`]; all the same if the operator gave a message.
    bodies: [Bytes; 4],
}

/// What the fixed texts tell apart; less than the reasons do, so that they help nobody to guess.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Missing,
    Malformed,
    Invalid,
    Insufficient,
}

/// In API Management's order and spelling.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    status_code: u16,
    message: &'a str,
}

impl Refusal {
    pub(crate) fn new(error: AuthError, manner: Option<&Arc<Manner>>) -> Self {
        Self {
            error,
            manner: manner.cloned(),
        }
    }

    /// The whole answer, with the refusal's reason in its extensions.
    pub(crate) fn into_response<B, R: RefusalBody<B>>(self) -> Response<B> {
        let kind = Kind::of(&self.error);
        let styled = self.manner.as_deref().zip(kind);
        let (status, body) = match styled {
            Some((manner, kind)) => (manner.status, manner.body(kind)),
            None => (self.error.status(), Bytes::new()),
        };
        let is_json = !body.is_empty();
        let mut response = Response::new(R::body(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if is_json {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(challenge) = self.error.challenge() {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let AuthError::KeysUnavailable { retry_after } = &self.error {
            let seconds = retry_after
                .as_secs_f64()
                .ceil()
                .clamp(1.0, MAX_RETRY_AFTER_SECONDS);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds as u64));
        }
        response.extensions_mut().insert(self.error);
        response
    }
}

impl Manner {
    pub(crate) fn new(status: StatusCode, message: Option<&str>) -> Self {
        let body = |fixed| {
            let body = Body {
                status_code: status.as_u16(),
                message: message.unwrap_or(fixed),
            };
            // A number and a text always become JSON.
            serde_json::to_vec(&body).unwrap_or_default().into()
        };
        Self {
            status,
            bodies: TEXTS.map(body),
        }
    }

    fn body(&self, kind: Kind) -> Bytes {
        let [missing, malformed, invalid, insufficient] = &self.bodies;
        match kind {
            Kind::Missing => missing,
            Kind::Malformed => malformed,
            Kind::Invalid => invalid,
            Kind::Insufficient => insufficient,
        }
        .clone()
    }
}

impl Kind {
    /// None: not the client's affair.
    fn of(error: &AuthError) -> Option<Self> {
        match error {
            AuthError::Credentials(CredentialsError::Missing) => Some(Self::Missing),
            AuthError::Credentials(_) => Some(Self::Malformed),
            AuthError::Token(_) | AuthError::LegacyIssuer => Some(Self::Invalid),
            AuthError::Unmet { .. } => Some(Self::Insufficient),
            AuthError::KeysUnavailable { .. } | AuthError::MissingLayer => None,
        }
    }
}

/// In the order of [`Kind`]. The first is API Management's.
const TEXTS: [&str; 4] = [
    "JWT not present.",
    "JWT is not well formed. Access denied.",
    "JWT is not accepted here. Access denied.",
    "JWT does not allow this. Access denied.",
];
const MAX_RETRY_AFTER_SECONDS: f64 = 3600.0;
