//! Why a request was not passed on.

use std::time::Duration;

use b2c_verify::{CredentialsError, PathError, TokenError, VerifiedToken};
use http::{HeaderValue, StatusCode};

use crate::requirement::Requirement;

/// Why a request was not passed on.
///
/// It is in the extensions of every refusal's response, for logs and metrics outside the layer. It contains nothing from the client. As a handler's
/// response, it has the same status and headers as the layer's own refusals.
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::{Request, header::AUTHORIZATION};
/// use tower::ServiceExt as _;
/// use tower_b2c_auth::{AuthError, Refused, TokenError};
/// # #[cfg(feature = "test-util")]
/// use tower_b2c_auth::test_util::TestTenant;
///
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tenant = TestTenant::new();
/// let app = Router::new().route("/", get(async || "in")).layer(tenant.layer());
/// let send = async |bearer| app.clone().oneshot(Request::get("/").header(AUTHORIZATION, bearer).body(Body::empty()).unwrap()).await.unwrap();
///
/// let granted = send(tenant.token().bearer()).await;
/// assert_eq!(granted.extensions().get::<AuthError>(), None);
///
/// let refused = send(tenant.token().claim("aud", "another API").bearer()).await;
/// let error = refused.extensions().get::<AuthError>().unwrap();
/// assert_eq!(*error, AuthError::Refused(Refused::Token(TokenError::WrongAudience)));
/// assert_eq!(error.reason(), "wrong_audience");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
///
/// Show it to operators, not to clients: the reason would tell an attacker which check failed. [`reason`](Self::reason) lists what each one means.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The request was judged and refused. The client can do something about it: sign in, or ask for another token.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The request was not judged. The client can only try again later, if at all.
    #[error(transparent)]
    Unjudged(#[from] Unjudged),
}

/// Why a request was refused: always a 4xx status with a [challenge](Self::challenge) (RFC 6750 §3).
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
    /// There was no bearer token, more than one, or text that cannot be one. 401 if there was nothing, otherwise 400.
    #[error("no usable credentials: {0}")]
    Credentials(CredentialsError),
    /// The token is not accepted here. 401; the client learns the same text whichever check failed.
    #[error("token refused: {0}")]
    Token(TokenError),
    /// The token is good, but its issuer is [no longer accepted](crate::MigrationSettings::stage). 401, like any other token that is not accepted.
    #[error("the token's issuer is no longer accepted")]
    LegacyIssuer,
    /// The token is good, but was issued to a client application that a requirement does not allow. 403.
    #[error("the client is not allowed here")]
    ForeignClient,
    /// The token is good, but does not meet a requirement. 403.
    #[error("requirement not met")]
    Unmet {
        /// The scopes that the requirement names, separated by spaces. Empty if it names none.
        scopes: Box<str>,
    },
    /// The token is good, but a [look-up](crate::LookUpLayer) does not know its user, or it names no user. 403.
    #[error("the user is not known here")]
    UnknownUser,
    /// There are [routes](crate::Settings::routes), and two programs could read the request's path differently. 400.
    #[error("the request's path is not clear: {0}")]
    AmbiguousPath(PathError),
    /// There are routes for hosts, and the request names no host, several hosts, or text that cannot be a host. 400.
    #[error("the request's host is not clear")]
    AmbiguousHost,
    /// There are routes, and none allows this request, whatever its token. 403.
    #[error("no route allows this request")]
    NoRoute,
}

/// Why a request was not judged: always a 5xx status, and never a challenge, because signing in again would not help.
///
/// ```
/// use std::time::Duration;
/// use tower_b2c_auth::Unjudged;
///
/// let keys = Unjudged::KeysUnavailable { retry_after: Duration::from_secs(30) };
/// assert_eq!((keys.status().as_u16(), keys.retry_after()), (503, Some(Duration::from_secs(30))));
///
/// let wiring = Unjudged::MissingLayer;
/// assert_eq!((wiring.status().as_u16(), wiring.retry_after()), (500, None));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unjudged {
    /// Keys or metadata are needed, but not available now. 503.
    #[error("keys are not available; the next attempt to fetch them is due in {} s", retry_after.as_secs())]
    KeysUnavailable {
        /// The time until the next attempt to fetch them.
        retry_after: Duration,
    },
    /// As many requests are already waiting for keys as [`max_waiting`](crate::KeySettings::max_waiting) or
    /// [`max_waiting_per_authority`](crate::KeySettings::max_waiting_per_authority) allows. 503.
    #[error("too many requests are waiting for keys")]
    TooManyWaiting {
        /// The time after which waiting requests will be done, at the latest.
        retry_after: Duration,
    },
    /// A [look-up](crate::LookUpLayer) of the user has failed or taken too long. 503.
    #[error("the user cannot be looked up; the next attempt is due in {} s", retry_after.as_secs())]
    LookUpFailed {
        /// The time until the user may be looked up again.
        retry_after: Duration,
    },
    /// As many users are already being looked up, or as many requests wait for look-ups, as [`LookUpSettings`](crate::LookUpSettings) allow. 503.
    #[error("too many users are being looked up")]
    TooManyLookUps {
        /// The time after which the look-ups under way will be done, at the latest.
        retry_after: Duration,
    },
    /// A [`RequireLayer`](crate::RequireLayer) or [`LookUpLayer`](crate::LookUpLayer) got a request that its own [`B2cAuthLayer`](crate::B2cAuthLayer) has
    /// not seen. 500.
    #[error(
        "a requirement or a look-up was put on a route that its own B2cAuthLayer does not protect; add that layer to the router, outside the requirement or look-up"
    )]
    MissingLayer,
}

impl AuthError {
    /// The reason as a fixed word in snake case, such as `expired`, for metric labels and log fields.
    ///
    /// A log or a metric needs no more than this word. These are all of them:
    ///
    /// | reason | status | what happened, and where to look |
    /// |---|---|---|
    /// | `missing_credentials` | 401 | no token: the client has not signed in |
    /// | `empty_credentials`, `repeated_credentials`, `invalid_character` | 400 | not exactly one token: a client or a proxy that builds the header wrongly |
    /// | `unknown_issuer` | 401 | no authority has exactly this issuer: another tenant or flow, or a slash too many or too few |
    /// | `wrong_audience` | 401 | a token for another API: the client asked for another scope, or [`audiences`](crate::Settings::audiences) lacks an id |
    /// | `not_access_token` | 401 | an ID token: the client sent the wrong one of its two tokens |
    /// | `expired`, `too_old` | 401 | the client does not renew its token, or this machine's clock is ahead |
    /// | `not_yet_valid` | 401 | this machine's clock is behind |
    /// | `unknown_key` | 401 | no authority publishes the key, or it is [forgotten](crate::B2cAuthLayer::forget_key) |
    /// | `bad_signature` | 401 | the text of the token has been changed, or forged |
    /// | `foreign_client` | 401, 403 | issued to an application that the authority's [`clients`](crate::AuthoritySettings::clients) (401) or a requirement (403) does not allow |
    /// | `wrong_tenant` | 401 | `tid` contradicts the issuer |
    /// | `lifetime_too_long` | 401 | longer than [`max_token_lifetime`](crate::Settings::max_token_lifetime) |
    /// | `legacy_issuer` | 401 | the [migration](crate::migration) refuses this issuer by now |
    /// | `encrypted`, `decryption_failed` | 401 | encrypted, without a [decryption key](crate::Settings::decryption_keys) that fits |
    /// | `unsupported_algorithm`, `unsuitable_key`, `unsupported_type`, `critical_header`, `key_bound`, `missing_key_id` | 401 | a kind of token that these settings do not accept |
    /// | `too_large`, `malformed_header`, …, `duplicate_claim`, …, `missing_exp`, …, `invalid_exp`, … | 401 | not a well-formed token; the rest of the word names the part or the claim |
    /// | `insufficient_scope` | 403 | a good token that does not meet a requirement: consent or a role is missing |
    /// | `unknown_user` | 403 | a good token of a user whom the [look-up](crate::LookUp) does not know |
    /// | `no_route` | 403 | no route allows this path and method |
    /// | `ambiguous_path`, `ambiguous_host` | 400 | a path or a host that two programs could read differently |
    /// | `keys_unavailable` | 503 | the identity provider cannot be reached; see [`Health`](crate::Health) |
    /// | `too_many_waiting` | 503 | a limit of [`KeySettings`](crate::KeySettings): an outage, or a flood of unknown key ids |
    /// | `look_up_failed`, `too_many_look_ups` | 503 | the service's own look-up fails, or is too slow |
    /// | `missing_layer` | 500 | a mistake in the router |
    ///
    /// ```
    /// use tower_b2c_auth::{AuthError, CredentialsError, TokenError};
    ///
    /// let reason = |error: AuthError| error.reason();
    /// assert_eq!(reason(TokenError::NotAccessToken.into()), "not_access_token");
    /// assert_eq!(reason(CredentialsError::Missing.into()), "missing_credentials");
    /// ```
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.reason(),
            Self::Unjudged(unjudged) => unjudged.reason(),
        }
    }

    /// The value of `WWW-Authenticate`; `None` if the request was not judged.
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

    /// The refusal for claims that do not meet this requirement: [`ForeignClient`](Self::ForeignClient) if the requirement is about the client application
    /// alone, otherwise [`Unmet`](Self::Unmet). For a handler that calls [`is_met_by`](Requirement::is_met_by) itself.
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

    /// The time after which the client may try again. `None` if that would not help. `Retry-After` in the response has it rounded up to whole seconds, from
    /// 1 to 3600.
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
