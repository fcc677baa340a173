//! Metadata document ─▶ `ProviderMetadata`: RFC 8414 §2, OpenID Connect Discovery 1.0 §3.

use crate::json::JsonObject;

/// The issuer and the location of its keys, from a metadata document (RFC 8414 §2).
///
/// The caller must compare the issuer with the expected one. The issuer does not follow from the document's URL: contrary to OpenID Connect Discovery §4.3,
/// removing `/.well-known/openid-configuration` from the document's URL does not give B2C's `issuer`.
///
/// ```
/// use b2c_verify::{MetadataError, ProviderMetadata};
///
/// let document = br#"{"issuer":"https://contoso.b2clogin.com/tid/v2.0/","jwks_uri":"https://contoso.b2clogin.com/keys"}"#;
/// assert_eq!(ProviderMetadata::parse(document)?.jwks_uri(), "https://contoso.b2clogin.com/keys");
///
/// assert_eq!(ProviderMetadata::parse(b"<html>").unwrap_err(), MetadataError::Malformed);
/// # Ok::<(), MetadataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderMetadata {
    issuer: Box<str>,
    jwks_uri: Box<str>,
}

impl ProviderMetadata {
    /// Parses a document as fetched. Members other than `issuer` and `jwks_uri` are ignored.
    ///
    /// # Errors
    ///
    /// [`MetadataError`] if the document is not a JSON object, or one of the two is missing or unusable.
    pub fn parse(document: &[u8]) -> Result<Self, MetadataError> {
        let mut metadata = JsonObject::default();
        metadata
            .read(document)
            .map_err(|_| MetadataError::Malformed)?;
        let text = |name, error| {
            let text = metadata.members().get(name)?.text();
            let text = text.filter(|it| (1..=MAX_METADATA_VALUE_BYTES).contains(&it.len()));
            Some(text.ok_or(error).map(Into::into))
        };
        Ok(Self {
            issuer: text("issuer", MetadataError::InvalidIssuer)
                .ok_or(MetadataError::MissingIssuer)??,
            jwks_uri: text("jwks_uri", MetadataError::InvalidJwksUri)
                .ok_or(MetadataError::MissingJwksUri)??,
        })
    }

    /// `issuer`: the value of `iss` in the tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `jwks_uri`: the URL of the key set. Unchecked: the caller decides whether to fetch from it.
    #[must_use]
    pub fn jwks_uri(&self) -> &str {
        &self.jwks_uri
    }
}

/// Why a metadata document is unusable.
///
/// ```
/// use b2c_verify::{MetadataError, ProviderMetadata};
///
/// let complete = br#"{"issuer":"https://contoso.b2clogin.com/tid/v2.0/","jwks_uri":"https://contoso.b2clogin.com/keys"}"#;
/// assert!(ProviderMetadata::parse(complete).is_ok());
///
/// let refused = ProviderMetadata::parse(br#"{"issuer":"https://contoso.b2clogin.com/tid/v2.0/"}"#).unwrap_err();
/// assert_eq!(refused, MetadataError::MissingJwksUri);
/// assert_eq!(refused.to_string(), "the metadata has no jwks_uri");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// Not a JSON object, or one with a duplicate member.
    #[error("not a metadata document")]
    Malformed,
    /// There is no `issuer`.
    #[error("the metadata has no issuer")]
    MissingIssuer,
    /// `issuer` is not a string of 1 to [`MAX_METADATA_VALUE_BYTES`] bytes.
    #[error("the metadata's issuer is empty, too long or not a string")]
    InvalidIssuer,
    /// There is no `jwks_uri`.
    #[error("the metadata has no jwks_uri")]
    MissingJwksUri,
    /// `jwks_uri` is not a string of 1 to [`MAX_METADATA_VALUE_BYTES`] bytes.
    #[error("the metadata's jwks_uri is empty, too long or not a string")]
    InvalidJwksUri,
}

/// The longest issuer or URL, in bytes.
///
/// ```
/// use b2c_verify::{MAX_METADATA_VALUE_BYTES, MetadataError, ProviderMetadata};
///
/// let document = |length| format!(r#"{{"issuer":"{}","jwks_uri":"https://contoso.b2clogin.com/keys"}}"#, "i".repeat(length));
/// assert!(ProviderMetadata::parse(document(MAX_METADATA_VALUE_BYTES).as_bytes()).is_ok());
///
/// let refused = ProviderMetadata::parse(document(MAX_METADATA_VALUE_BYTES + 1).as_bytes());
/// assert_eq!(refused.unwrap_err(), MetadataError::InvalidIssuer);
/// ```
pub const MAX_METADATA_VALUE_BYTES: usize = 2048;
