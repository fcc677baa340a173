//! A refusal → status and challenge (RFC 6750 §3, RFC 9110 §11.6.1).
//!
//! | refusal | status | `WWW-Authenticate` |
//! |---|---|---|
//! | no credentials | 401 | `Bearer`, without an error code (RFC 6750 §3.1) |
//! | credentials that cannot be one bearer token | 400 | `error="invalid_request"` |
//! | a token that is not accepted | 401 | `error="invalid_token"`, one text for every reason |
//! | a requirement that is not met | 403 | `error="insufficient_scope"`, with the scopes that are needed |
//! | keys cannot be had | 503 | none; `Retry-After`. A 401 would send good users to sign in again |
//! | wired wrongly | 500 | none |

use b2c_verify::CredentialsError;
use http::{HeaderValue, StatusCode};

use crate::error::AuthError;

impl AuthError {
    /// The status that the client gets, unless [`refusal`](crate::Settings::refusal) says another.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Credentials(CredentialsError::Missing) | Self::Token(_) | Self::LegacyIssuer => {
                StatusCode::UNAUTHORIZED
            }
            Self::Credentials(_) => StatusCode::BAD_REQUEST,
            Self::Unmet { .. } => StatusCode::FORBIDDEN,
            Self::KeysUnavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::MissingLayer => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The value of `WWW-Authenticate`, if the client can do something about it.
    pub fn challenge(&self) -> Option<HeaderValue> {
        match self {
            Self::Credentials(CredentialsError::Missing) => {
                Some(HeaderValue::from_static("Bearer"))
            }
            Self::Credentials(_) => Some(HeaderValue::from_static(INVALID_REQUEST)),
            Self::Token(_) | Self::LegacyIssuer => Some(HeaderValue::from_static(INVALID_TOKEN)),
            Self::Unmet { scopes } if scopes.is_empty() => {
                Some(HeaderValue::from_static(INSUFFICIENT))
            }
            Self::Unmet { scopes } => {
                let named =
                    HeaderValue::from_maybe_shared(format!("{INSUFFICIENT}, scope=\"{scopes}\""));
                Some(named.unwrap_or(HeaderValue::from_static(INSUFFICIENT)))
            }
            Self::KeysUnavailable { .. } | Self::MissingLayer => None,
        }
    }
}

const INVALID_REQUEST: &str = r#"Bearer error="invalid_request", error_description="the request must carry exactly one bearer token""#;
const INVALID_TOKEN: &str =
    r#"Bearer error="invalid_token", error_description="the access token is not accepted here""#;
const INSUFFICIENT: &str = r#"Bearer error="insufficient_scope", error_description="the access token does not allow this""#;
