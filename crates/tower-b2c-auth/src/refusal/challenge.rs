//! A refusal ─▶ its challenge: RFC 6750 §3, RFC 9110 §11.6.1.
//!
//! All texts are fixed except the scopes, which come from the requirement, never from the client. The scopes contain only characters that need no escaping
//! in a quoted string (RFC 6749 §3.3). `invalid_token` has one text for every reason: a client can only get another token, and an attacker should learn
//! nothing.

use b2c_verify::CredentialsError;
use http::HeaderValue;

use super::refused::Refused;

impl Refused {
    /// The value of `WWW-Authenticate` (RFC 6750 §3). The texts are fixed: they do not tell an attacker which check failed.
    pub fn challenge(&self) -> HeaderValue {
        match self {
            Self::Credentials(CredentialsError::Missing) => HeaderValue::from_static("Bearer"),
            Self::Credentials(_) => HeaderValue::from_static(INVALID_REQUEST),
            Self::AmbiguousPath(_) | Self::AmbiguousHost => HeaderValue::from_static(AMBIGUOUS),
            Self::Token(_) | Self::LegacyIssuer => HeaderValue::from_static(INVALID_TOKEN),
            Self::ForeignClient
            | Self::ForeignPolicy
            | Self::MissingRole
            | Self::UnmetClaim
            | Self::UnknownUser
            | Self::NoRoute => HeaderValue::from_static(INSUFFICIENT),
            Self::Unmet { scopes } if scopes.is_empty() => HeaderValue::from_static(INSUFFICIENT),
            Self::Unmet { scopes } => {
                let named =
                    HeaderValue::from_maybe_shared(format!("{INSUFFICIENT}, scope=\"{scopes}\""));
                named.unwrap_or(HeaderValue::from_static(INSUFFICIENT))
            }
        }
    }
}

const INVALID_REQUEST: &str = r#"Bearer error="invalid_request", error_description="the request must carry exactly one bearer token""#;
const AMBIGUOUS: &str = r#"Bearer error="invalid_request", error_description="the request's host and path must be unambiguous""#;
const INVALID_TOKEN: &str =
    r#"Bearer error="invalid_token", error_description="the access token is not accepted here""#;
const INSUFFICIENT: &str = r#"Bearer error="insufficient_scope", error_description="the access token does not allow this""#;
