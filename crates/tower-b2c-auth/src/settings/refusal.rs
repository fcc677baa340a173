//! Refusals in API Management's manner.

use http::StatusCode;
use serde::{Deserialize, Serialize};

/// The `[refusal]` table: one status and a JSON body for every refusal, as API Management's `<validate-jwt>` answers.
///
/// The body is `{"statusCode":401,"message":"…"}`. The response still carries the challenge of RFC 6750. Server-side failures keep their own status and an
/// empty body: 503 when keys are unavailable, 500 when a router is wired wrongly.
///
/// For bodies in another form, see [`MakeRefusalBody`](crate::MakeRefusalBody).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RefusalSettings {
    /// The status, 400 to 599. Default 401.
    pub status: u16,
    /// The text in the body. Without it, a fixed text that says what kind of refusal it is, such as `JWT not present.`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Default for RefusalSettings {
    fn default() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED.as_u16(),
            message: None,
        }
    }
}
