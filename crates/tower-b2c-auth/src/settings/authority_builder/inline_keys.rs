//! Issuers with inline keys.

use super::AuthorityBuilder;
use crate::settings::{AuthoritySettings, InlineKey};

/// Marks the [`AuthorityBuilder`] that [`from_keys`] and [`from_jwks`] return.
///
/// ```
/// use tower_b2c_auth::{AuthorityBuilder, InlineKeys, from_jwks};
///
/// fn for_tests(jwks: &str) -> AuthorityBuilder<InlineKeys> {
///     from_jwks("https://issuer.example/", jwks).name("tests")
/// }
/// let authority = for_tests(r#"{"keys": []}"#);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InlineKeys {}

/// An issuer with the keys given here. Nothing is fetched, so a key that the issuer has retired stays in use until the settings change.
///
/// ```
/// use base64::{Engine as _, engine::general_purpose::STANDARD};
/// use tower_b2c_auth::{B2cAuthLayer, InlineKey, from_keys};
///
/// let layer = |secret: &[u8]| {
///     let key = InlineKey { secret: Some(STANDARD.encode(secret).into()), ..InlineKey::default() };
///     B2cAuthLayer::builder().authority(from_keys("https://issuer.example/", [key])).audience("api").build()
/// };
/// assert!(layer(&[7; 32]).is_ok());
///
/// // RFC 7518 §3.2: an HMAC key as long as the hash, or longer.
/// let error = layer(b"too short").unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "authorities[0].keys[0]");
/// ```
pub fn from_keys(
    issuer: impl Into<String>,
    keys: impl IntoIterator<Item = InlineKey>,
) -> AuthorityBuilder<InlineKeys> {
    AuthorityBuilder::new(AuthoritySettings {
        issuers: vec![issuer.into()],
        keys: keys.into_iter().collect(),
        ..AuthoritySettings::default()
    })
}

/// An issuer with the keys of a JWK Set (RFC 7517 §5) as JSON text. Nothing is fetched, so a key that the issuer has retired stays in use until the settings
/// change.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, from_jwks};
///
/// let layer = |document: &str| B2cAuthLayer::builder().authority(from_jwks("https://issuer.example/", document)).audience("api").build();
/// let error = layer("not JSON").unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "authorities[0].jwks");
/// ```
pub fn from_jwks(
    issuer: impl Into<String>,
    document: impl Into<String>,
) -> AuthorityBuilder<InlineKeys> {
    AuthorityBuilder::new(AuthoritySettings {
        issuers: vec![issuer.into()],
        jwks: Some(document.into()),
        ..AuthoritySettings::default()
    })
}
