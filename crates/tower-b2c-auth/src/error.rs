//! Why one request was refused.

use std::time::Duration;

use b2c_verify::{CredentialsError, TokenError};

use crate::requirement::Requirement;

/// Why a request was refused.
///
/// It is in the extensions of every refused response, for logs and metrics of the service around the layer. It holds nothing that came
/// from the client. What the client is told is decided in one place, by [`status`](Self::status) and [`challenge`](Self::challenge).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// There was no bearer token, or more than one, or something that cannot be one.
    #[error("no usable credentials: {0}")]
    Credentials(CredentialsError),
    /// The token is not one that is accepted here.
    #[error("token refused: {0}")]
    Token(TokenError),
    /// The token is good, but its issuer is one whose time is over.
    #[error("the token's issuer is no longer accepted")]
    LegacyIssuer,
    /// The token is good and does not meet a requirement.
    #[error("requirement not met")]
    Unmet {
        /// The scopes that the requirement names, separated by spaces; may be empty.
        scopes: Box<str>,
    },
    /// Whether the token is good cannot be decided, because keys or metadata cannot be had.
    #[error("keys cannot be had; another try is due in {} s", retry_after.as_secs())]
    KeysUnavailable {
        /// When another attempt to fetch them is due.
        retry_after: Duration,
    },
    /// A [`RequireLayer`](crate::RequireLayer) without a [`B2cAuthLayer`](crate::B2cAuthLayer) around it.
    #[error(
        "a required scope or claim was put on a route that no B2cAuthLayer protects; add the layer to the router, outside of it"
    )]
    MissingLayer,
}

impl AuthError {
    pub(crate) fn unmet(requirement: &Requirement) -> Self {
        Self::Unmet {
            scopes: requirement.scopes().into(),
        }
    }

    /// The reason as a fixed word in snake case, for metric labels and log fields.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Credentials(error) => error.as_str(),
            Self::Token(error) => error.as_str(),
            Self::LegacyIssuer => "legacy_issuer",
            Self::Unmet { .. } => "insufficient_scope",
            Self::KeysUnavailable { .. } => "keys_unavailable",
            Self::MissingLayer => "missing_layer",
        }
    }
}

impl From<CredentialsError> for AuthError {
    fn from(error: CredentialsError) -> Self {
        Self::Credentials(error)
    }
}

impl From<TokenError> for AuthError {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}
