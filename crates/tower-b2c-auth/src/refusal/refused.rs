//! Why a request was judged and refused.

use b2c_verify::{CredentialsError, PathError, TokenError, VerifiedToken};
use http::StatusCode;

use crate::requirement::{Lack, Requirement};

/// Why a request was refused. The response has a 4xx status unless the settings say otherwise, and always a [challenge](Self::challenge) (RFC 6750 §3).
///
/// ```
/// use tower_b2c_auth::{CredentialsError, Refused, scope};
///
/// let nobody = Refused::from(CredentialsError::Missing);
/// assert_eq!((nobody.status().as_u16(), nobody.challenge().to_str().unwrap()), (401, "Bearer"));
///
/// let unmet = Refused::unmet(&scope("tasks.read"));
/// assert_eq!(unmet.status(), 403);
/// assert!(unmet.challenge().to_str().unwrap().contains(r#"error="insufficient_scope""#));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// There was no bearer token, more than one, or text that cannot be one. 401 if there was nothing or a scheme other than `Bearer`, otherwise 400.
    #[error("no usable credentials: {0}")]
    Credentials(CredentialsError),
    /// The token is not accepted here. 401; the client gets the same text whichever check failed.
    #[error("token refused: {0}")]
    Token(TokenError),
    /// The token is good, but its issuer is [no longer accepted](crate::MigrationSettings::stage). 401, like any other token that is not accepted.
    #[error("the token's issuer is no longer accepted")]
    LegacyIssuer,
    /// The token is good, but was issued to a client application that a requirement does not allow. 403.
    #[error("the client is not allowed here")]
    ForeignClient,
    /// The token is good, but was issued by a policy that a requirement does not allow, or by a tenant without policies. 403.
    #[error("the policy is not allowed here")]
    ForeignPolicy,
    /// The token is good, but lacks a role that a requirement asks for. 403.
    #[error("a role is missing")]
    MissingRole,
    /// The token is good, but lacks a claim that a requirement asks for, or has another value in it. 403.
    #[error("a required claim is missing or has another value")]
    UnmetClaim,
    /// The token is good, but lacks a scope that a requirement asks for. 403.
    #[error("a scope is missing")]
    Unmet {
        /// The scopes that the requirement names, separated by spaces. Empty if it names none.
        scopes: Box<str>,
    },
    /// The token is good, but a [look-up](crate::LookUpLayer) does not know its user, or it names no user. 403.
    #[error("the user is not known here")]
    UnknownUser,
    /// There are [routes](crate::Settings::routes), and two programs could read the request's path differently. 400.
    #[error("the request's path is ambiguous: {0}")]
    AmbiguousPath(PathError),
    /// There are routes for hosts, and the request names no host, several hosts, or text that cannot be a host. 400.
    #[error("the request names no host, more than one, or one that is not valid")]
    AmbiguousHost,
    /// There are routes, and none allows this request, whatever its token. 403.
    #[error("no route allows this request")]
    NoRoute,
}

impl Refused {
    /// The refusal for these claims, which do not meet the requirement.
    pub(crate) fn unmet_by(requirement: &Requirement, claims: &VerifiedToken) -> Self {
        Self::lacking(requirement.lack(Some(claims)), requirement)
    }

    /// The refusal for claims that do not meet this requirement: [`Unmet`](Self::Unmet) if it asks for a scope, otherwise
    /// [`MissingRole`](Self::MissingRole), [`ForeignPolicy`](Self::ForeignPolicy), [`UnmetClaim`](Self::UnmetClaim) or
    /// [`ForeignClient`](Self::ForeignClient), in this order. For a handler that calls [`is_met_by`](Requirement::is_met_by) itself.
    ///
    /// ```
    /// use tower_b2c_auth::{Refused, VerifiedClaims, any_of, role, scope};
    /// # #[cfg(feature = "test-util")]
    /// use tower_b2c_auth::test_util::TestAuth;
    ///
    /// /// A scope is enough for the caller's own tasks. Tasks of others need a role.
    /// async fn show(owner: &str, claims: VerifiedClaims) -> Result<&'static str, Refused> {
    ///     let mine = scope("tasks.read");
    ///     let any = role("Tasks.Admin");
    ///     let is_mine = claims.user_id() == Some(owner) && mine.is_met_by(&claims);
    ///     if is_mine || any.is_met_by(&claims) {
    ///         Ok("a task")
    ///     } else {
    ///         Err(Refused::unmet(&any_of([mine, any])))
    ///     }
    /// }
    ///
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let test = TestAuth::granting("tasks.read");
    /// let reader = || test.tenant.token().claims_as_if_verified();
    /// let me = reader().user_id().unwrap().to_owned();
    /// assert!(show(&me, test.tenant.token().scope("tasks.read").claims_as_if_verified()).await.is_ok());
    ///
    /// let refused = show("another", reader()).await.unwrap_err();
    /// assert_eq!(refused.status(), 403);
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    pub fn unmet(requirement: &Requirement) -> Self {
        Self::lacking(requirement.lack(None), requirement)
    }

    fn lacking(lack: Option<Lack>, requirement: &Requirement) -> Self {
        match lack {
            Some(Lack::Client) => Self::ForeignClient,
            Some(Lack::Policy) => Self::ForeignPolicy,
            Some(Lack::Role) => Self::MissingRole,
            Some(Lack::Claim) => Self::UnmetClaim,
            // An empty list lacks nothing, but is never met.
            Some(Lack::Scope) | None => Self::Unmet {
                scopes: requirement.scopes().into(),
            },
        }
    }

    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Credentials(error) => error.as_str(),
            Self::Token(error) => error.as_str(),
            Self::LegacyIssuer => "legacy_issuer",
            Self::ForeignClient => "foreign_client",
            Self::ForeignPolicy => "foreign_policy",
            Self::MissingRole => "missing_role",
            Self::UnmetClaim => "unmet_claim",
            Self::Unmet { .. } => "insufficient_scope",
            Self::UnknownUser => "unknown_user",
            Self::AmbiguousPath(_) => "ambiguous_path",
            Self::AmbiguousHost => "ambiguous_host",
            Self::NoRoute => "no_route",
        }
    }

    /// 400, 401 or 403: the status that the client gets, unless [`refusal`](crate::Settings::refusal) sets another.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Credentials(CredentialsError::Missing) | Self::Token(_) | Self::LegacyIssuer => {
                StatusCode::UNAUTHORIZED
            }
            Self::Credentials(_) | Self::AmbiguousPath(_) | Self::AmbiguousHost => {
                StatusCode::BAD_REQUEST
            }
            Self::ForeignClient
            | Self::ForeignPolicy
            | Self::MissingRole
            | Self::UnmetClaim
            | Self::Unmet { .. }
            | Self::UnknownUser
            | Self::NoRoute => StatusCode::FORBIDDEN,
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
