//! Where requests carry their token.

use serde::{Deserialize, Serialize};

/// The `[token]` table: at most one of `header`, `query` and `cookie`. Without it, `Authorization: Bearer …`.
///
/// `Authorization` is the place that RFC 6750 prefers. A query ends up in logs and histories (RFC 6750 §5.3). Browsers send a cookie without being asked,
/// so a service that takes one must protect itself from cross-site requests.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, Settings};
///
/// let settings = |token: &str| {
///     Settings::from_toml(&format!(
///         r#"
///         audiences = ["00001111-aaaa-2222-bbbb-3333cccc4444"]
///         authorities = [{{ tenant = "contoso", policy = "B2C_1_signupsignin1" }}]
///         token = {token}
///         "#
///     ))
/// };
/// assert!(B2cAuthLayer::from_settings(settings(r#"{ query = "access_token" }"#)?).is_ok());
///
/// let both = B2cAuthLayer::from_settings(settings(r#"{ query = "access_token", cookie = "token" }"#)?);
/// assert_eq!(both.unwrap_err().mistakes()[0].field, "token");
/// # Ok::<(), tower_b2c_auth::ParseError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenSettings {
    /// The header. `Authorization` by default; any other holds the token alone, without a scheme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The scheme before the token, in `Authorization` only: `Bearer` by default. If empty, the token may come with or without `Bearer`, as API Management
    /// takes it when `require-scheme` is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// The query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie: Option<String>,
}
