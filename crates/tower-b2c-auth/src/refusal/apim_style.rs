//! Refusals as API Management writes them: one status and a JSON body.
//!
//! The status is [`RefusalSettings::status`](crate::RefusalSettings::status) for every refusal, and the body is `{"statusCode":…,"message":…}`. The bodies
//! are made once, when the settings are checked. Server-side failures keep their own status: a 401 would make good users sign in again.

use b2c_verify::CredentialsError;
use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use super::{body::RefusalBody, refused::Refused};

/// The status and the bodies of all refusals. See [`RefusalSettings`](crate::RefusalSettings).
#[derive(Debug)]
pub(crate) struct ApimStyle {
    pub(super) status: StatusCode,
    /// The bodies with each of [`TEXTS`], in order. They are all the same if the operator gave a message.
    bodies: [Bytes; 4],
}

impl ApimStyle {
    pub(crate) fn new(status: StatusCode, message: Option<&str>) -> Self {
        let body = |fixed| {
            let body = Body {
                status_code: status.as_u16(),
                message: message.unwrap_or(fixed),
            };
            // A number and a string can always be serialized.
            serde_json::to_vec(&body).unwrap_or_default().into()
        };
        Self {
            status,
            bodies: TEXTS.map(body),
        }
    }

    pub(super) fn body(&self, refused: &Refused) -> RefusalBody {
        let [missing, malformed, invalid, insufficient] = &self.bodies;
        // There are fewer texts than reasons, so that an attacker does not learn which check failed.
        let content = match refused {
            Refused::Credentials(CredentialsError::Missing) => missing,
            Refused::Credentials(_) | Refused::AmbiguousPath(_) | Refused::AmbiguousHost => {
                malformed
            }
            Refused::Token(_) | Refused::LegacyIssuer => invalid,
            Refused::ForeignClient
            | Refused::ForeignPolicy
            | Refused::MissingRole
            | Refused::UnmetClaim
            | Refused::Unmet { .. }
            | Refused::UnknownUser
            | Refused::NoRoute => insufficient,
        };
        RefusalBody::new(
            HeaderValue::from_static("application/json"),
            content.clone(),
        )
    }
}

/// The body, in API Management's order and spelling.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    status_code: u16,
    message: &'a str,
}

/// The texts for a missing token, a malformed request, an invalid token and an insufficient one. The first is API Management's own.
const TEXTS: [&str; 4] = [
    "JWT not present.",
    "Request is not well formed. Access denied.",
    "JWT is not accepted here. Access denied.",
    "JWT does not allow this. Access denied.",
];
