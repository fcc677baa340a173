//! A key in the settings.

use serde::{Deserialize, Serialize};

use super::Secret;

/// One entry of `[[authorities.keys]]`: an optional id, and exactly one of `n` with `e`, `certificate`, `public_key` and `secret`.
///
/// A key without an id is tried for every token from its authority's issuers; a key with an id, only for tokens that name it.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, InlineKey, from_keys};
///
/// let secret = "cGxlYXNlLCBuZXZlciB1c2UgdGhpcyBzZWNyZXQgYW55d2hlcmU=".to_owned();
/// let key = InlineKey { id: Some("2026".into()), secret: Some(secret.into()), ..InlineKey::default() };
/// let layer = |key| B2cAuthLayer::builder().authority(from_keys("https://issuer.example/", [key])).audience("api").build();
/// assert!(layer(key.clone()).is_ok());
///
/// let two_in_one = InlineKey { certificate: Some("-----BEGIN CERTIFICATE-----".into()), ..key };
/// assert!(layer(two_in_one).unwrap_err().mistakes()[0].remedy.starts_with("must be exactly one of"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InlineKey {
    /// The id by which tokens name the key (`kid`, RFC 7515 §4.1.4); none by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Modulus of an RSA key of 2048 to 8192 bits, in base64url (RFC 7518 §6.3.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// Exponent of that key, in base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// An X.509 certificate in PEM. Only its public key is used; its dates and its signature are not checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// A public key in PEM: `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS #1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// A secret for HS256, HS384 or HS512, in base64 with padding; at least 32 bytes for HS256, 48 for HS384 and 64 for HS512 (RFC 7518 §3.2). Either all
    /// keys of an authority are secrets, or none is. Anybody who knows a secret can make tokens, not only verify them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let key = InlineKey {
            secret: Some("a secret that nobody may ever see".to_owned().into()),
            ..InlineKey::default()
        };
        let shown = format!("{key:?}");
        assert!(!shown.contains(key.secret.unwrap().expose()), "{shown}");
    }
}
