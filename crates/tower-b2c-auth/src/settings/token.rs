//! Where requests carry their token.

use serde::{Deserialize, Serialize};

/// The `[token]` table: at most one of `header`, `query` and `cookie`. Without it, `Authorization: Bearer …`.
///
/// `Authorization` is the place that RFC 6750 prefers. A query ends up in logs and histories (RFC 6750 §5.3). Browsers send cookies even with requests that
/// other sites cause, so a service that takes the token from a cookie must
/// [protect itself from cross-site requests](crate::guide::order_of_layers#a-token-in-a-cookie).
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
///
/// One layer reads its token from one place. To read it from another place on single routes, such as a WebSocket's, derive a second layer with
/// [`reading_token_from`](crate::B2cAuthLayer::reading_token_from).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenSettings {
    /// The header. `Authorization` by default; any other holds the token alone, without a scheme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The scheme before the token, in `Authorization` only: `Bearer` by default. If empty, the token may come with or without `Bearer`, as in API
    /// Management without `require-scheme`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// The query parameter (RFC 6750 §2.3); its value is percent-decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The cookie's name (RFC 6265 §4.1.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie: Option<String>,
}
