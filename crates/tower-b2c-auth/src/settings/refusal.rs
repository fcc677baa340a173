//! Refusals in API Management's style.

use http::StatusCode;
use serde::{Deserialize, Serialize};

/// The `[refusal]` table: one status and a JSON body for every refusal, as API Management's `<validate-jwt>` answers. It applies to the layer and to those made
/// from it, but not to refusals that extractors and handlers return.
///
/// The body is `{"statusCode":401,"message":"…"}`. The response still carries the challenge of RFC 6750. Server-side failures keep their own status and an
/// empty body: 503 when keys are unavailable, 500 when a router is misconfigured.
///
/// For any other body, see [`MakeRefusalBody`](crate::MakeRefusalBody).
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::Request;
/// use tower::ServiceExt as _;
/// use tower_b2c_auth::{B2cAuthLayer, RefusalSettings, b2c};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_signupsignin1"))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .refusal(RefusalSettings::default())
///     .build()?;
/// let app = Router::new().route("/", get(async || "in")).layer(auth);
/// let refused = app.oneshot(Request::get("/").body(Body::empty())?).await?;
/// let body = axum::body::to_bytes(refused.into_body(), 1024).await?;
/// assert_eq!(body, r#"{"statusCode":401,"message":"JWT not present."}"#);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RefusalSettings {
    /// The status, 400 to 599. Default 401.
    pub status: u16,
    /// The `message` in the body. By default it is a fixed text for the kind of refusal, such as `JWT not present.`
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
