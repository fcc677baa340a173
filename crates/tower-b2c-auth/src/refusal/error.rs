//! Why a request was not passed on.

use std::time::Duration;

use b2c_verify::{CredentialsError, PathError, TokenError, VerifiedToken};
use http::{HeaderValue, StatusCode};

use crate::requirement::Requirement;

/// Why a request was not passed on.
///
/// It is in the extensions of every such response, for logs and metrics of the service around the layer. It contains nothing that came from the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The request was judged and refused. The client can do something about it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The request was not judged. The client can only try again later, if at all.
    #[error(transparent)]
    Unjudged(#[from] Unjudged),
}

/// Why a request was refused: always a 4xx status with a [challenge](Self::challenge).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// There was no bearer token, or more than one, or something that cannot be one.
    #[error("no usable credentials: {0}")]
    Credentials(CredentialsError),
    /// The token is not accepted here.
    #[error("token refused: {0}")]
    Token(TokenError),
    /// The token is good, but its issuer is no longer accepted.
    #[error("the token's issuer is no longer accepted")]
    LegacyIssuer,
    /// The token is good, but was issued to a client application that a requirement does not allow.
    #[error("the client is not allowed here")]
    ForeignClient,
    /// The token is good, but does not meet a requirement.
    #[error("requirement not met")]
    Unmet {
        /// The scopes that the requirement names, separated by spaces; may be empty.
        scopes: Box<str>,
    },
    /// The token is good, but its user is not known to a [look-up](crate::LookUpLayer), or it names no user.
    #[error("the user is not known here")]
    UnknownUser,
    /// There are [routes](crate::Settings::routes), and two programs could read the request's path differently.
    #[error("the request's path is not clear: {0}")]
    AmbiguousPath(PathError),
    /// There are routes for hosts, and the request names no host, several hosts, or something that cannot be a host.
    #[error("the request's host is not clear")]
    AmbiguousHost,
    /// There are routes, and none allows this request, whatever its token.
    #[error("no route allows this request")]
    NoRoute,
}

/// Why a request was not judged: always a 5xx status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unjudged {
    /// Keys or metadata are needed, but not available now.
    #[error("keys cannot be had; another try is due in {} s", retry_after.as_secs())]
    KeysUnavailable {
        /// When another attempt to fetch them is due.
        retry_after: Duration,
    },
    /// As many requests are already waiting for keys as [`max_waiting`](crate::KeySettings::max_waiting) allows.
    #[error("too many requests wait for keys")]
    TooManyWaiting {
        /// When the waiting requests will be done.
        retry_after: Duration,
    },
    /// A [look-up](crate::LookUpLayer) of the user has failed or taken too long.
    #[error("the user cannot be looked up; another try is due in {} s", retry_after.as_secs())]
    LookUpFailed {
        /// When the user is looked up again.
        retry_after: Duration,
    },
    /// As many users are already being looked up, or as many requests wait for look-ups, as [`LookUpSettings`](crate::LookUpSettings) allow.
    #[error("too many users are being looked up")]
    TooManyLookUps {
        /// When the look-ups under way will be done.
        retry_after: Duration,
    },
    /// A [`RequireLayer`](crate::RequireLayer) or [`LookUpLayer`](crate::LookUpLayer) whose own [`B2cAuthLayer`](crate::B2cAuthLayer) did not see the
    /// request.
    #[error(
        "a requirement or a look-up was put on a route that its own B2cAuthLayer does not protect; add that layer to the router, outside of the requirement or look-up"
    )]
    MissingLayer,
}

impl AuthError {
    /// The reason as a fixed word in snake case, for metric labels and log fields.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.reason(),
            Self::Unjudged(unjudged) => unjudged.reason(),
        }
    }

    /// The value of `WWW-Authenticate`; none if the request was not judged.
    pub fn challenge(&self) -> Option<HeaderValue> {
        match self {
            Self::Refused(refused) => Some(refused.challenge()),
            Self::Unjudged(_) => None,
        }
    }

    /// The status that the client gets, unless [`refusal`](crate::Settings::refusal) sets another.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(refused) => refused.status(),
            Self::Unjudged(unjudged) => unjudged.status(),
        }
    }
}

impl Refused {
    /// The refusal for these claims, which do not meet the requirement.
    pub(crate) fn unmet_by(requirement: &Requirement, claims: &VerifiedToken) -> Self {
        if requirement.lacks_only_the_client(claims) {
            return Self::ForeignClient;
        }
        Self::unmet(requirement)
    }

    /// The refusal for claims that do not meet this requirement.
    pub fn unmet(requirement: &Requirement) -> Self {
        if requirement.is_about_clients() {
            return Self::ForeignClient;
        }
        Self::Unmet {
            scopes: requirement.scopes().into(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Credentials(error) => error.as_str(),
            Self::Token(error) => error.as_str(),
            Self::LegacyIssuer => "legacy_issuer",
            Self::ForeignClient => "foreign_client",
            Self::Unmet { .. } => "insufficient_scope",
            Self::UnknownUser => "unknown_user",
            Self::AmbiguousPath(_) => "ambiguous_path",
            Self::AmbiguousHost => "ambiguous_host",
            Self::NoRoute => "no_route",
        }
    }

    /// The status that the client gets: 400, 401 or 403.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Credentials(CredentialsError::Missing) | Self::Token(_) | Self::LegacyIssuer => {
                StatusCode::UNAUTHORIZED
            }
            Self::Credentials(_) | Self::AmbiguousPath(_) | Self::AmbiguousHost => {
                StatusCode::BAD_REQUEST
            }
            Self::ForeignClient | Self::Unmet { .. } | Self::UnknownUser | Self::NoRoute => {
                StatusCode::FORBIDDEN
            }
        }
    }
}

impl Unjudged {
    fn reason(self) -> &'static str {
        match self {
            Self::KeysUnavailable { .. } => "keys_unavailable",
            Self::TooManyWaiting { .. } => "too_many_waiting",
            Self::LookUpFailed { .. } => "look_up_failed",
            Self::TooManyLookUps { .. } => "too_many_look_ups",
            Self::MissingLayer => "missing_layer",
        }
    }

    /// The status that the client gets: 500 or 503.
    pub fn status(self) -> StatusCode {
        match self {
            Self::KeysUnavailable { .. }
            | Self::TooManyWaiting { .. }
            | Self::LookUpFailed { .. }
            | Self::TooManyLookUps { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::MissingLayer => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// When the client may try again. None if that would not help.
    pub fn retry_after(self) -> Option<Duration> {
        match self {
            Self::KeysUnavailable { retry_after }
            | Self::TooManyWaiting { retry_after }
            | Self::LookUpFailed { retry_after }
            | Self::TooManyLookUps { retry_after } => Some(retry_after),
            Self::MissingLayer => None,
        }
    }
}

impl From<CredentialsError> for Refused {
    fn from(error: CredentialsError) -> Self {
        Self::Credentials(error)
    }
}

impl From<TokenError> for Refused {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl From<CredentialsError> for AuthError {
    fn from(error: CredentialsError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<TokenError> for AuthError {
    fn from(error: TokenError) -> Self {
        Self::Refused(error.into())
    }
}
