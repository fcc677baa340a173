//! A key that is written down instead of fetched.

use serde::{Deserialize, Serialize};

use super::Secret;

/// One entry of `[[authorities.keys]]`: an id, and exactly one of `n` with `e`, `certificate`, `public_key` and `secret`.
///
/// A key without an id is tried for every token of its authority's issuers; a key with one only for the tokens that name it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InlineKey {
    /// The id by which tokens name the key (`kid`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Modulus of an RSA key of 2048 to 8192 bits, in base64url (RFC 7518 §6.3.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// Its exponent, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// An X.509 certificate in PEM. Its public key is used, regardless of its dates and of who signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// A public key in PEM: `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS #1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// A secret for HS256, HS384 or HS512, in base64; at least 32 bytes (RFC 7518 §3.2). All keys of an authority are secrets, or none is.
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
