//! Why a request was not passed on: refused, or not judged.

use b2c_verify::{CredentialsError, TokenError};
use http::{HeaderValue, StatusCode};

use super::{refused::Refused, unjudged::Unjudged};

/// Why a request was not passed on.
///
/// It is in the extensions of every refusal's response, for logs and metrics outside the layer. It contains nothing from the client. As a handler's
/// response, it has the same status, challenge and `Retry-After` as the layer's own refusals, unless [`refusal`](crate::Settings::refusal) sets another
/// status for those.
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
    /// The request was judged and refused. The client can do something about most of these: sign in, or ask for another token.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The request was not judged. The client can only try again later, if at all.
    #[error(transparent)]
    Unjudged(#[from] Unjudged),
}

impl AuthError {
    /// The reason as a fixed word in snake case, such as `expired`, for metric labels and log fields.
    ///
    /// These are the reasons:
    ///
    /// | reason | status | what happened, and where to look |
    /// |---|---|---|
    /// | `missing_credentials` | 401 | no token, or a scheme other than `Bearer`: the client has not signed in |
    /// | `empty_credentials`, `repeated_credentials`, `invalid_character` | 400 | not exactly one token: a client or a proxy that builds the header wrongly |
    /// | `unknown_issuer` | 401 | no authority has exactly this issuer: another tenant or flow, or a slash too many or too few; or the route accepts only [other authorities](crate::RouteSettings::authorities) |
    /// | `wrong_audience` | 401 | a token for another API: the client asked for another scope, or [`audiences`](crate::Settings::audiences) lacks an id |
    /// | `not_access_token` | 401 | neither `scp` nor `roles`: mostly an ID token, because the client sent the wrong one of its two tokens |
    /// | `expired`, `too_old` | 401 | the client does not renew its token, or this machine's clock is ahead |
    /// | `not_yet_valid` | 401 | this machine's clock is behind |
    /// | `unknown_key` | 401 | no authority with this issuer publishes the key, or the operator has made the layer [forget](crate::B2cAuthLayer::forget_key) it |
    /// | `bad_signature` | 401 | the text of the token has been changed, or forged |
    /// | `foreign_client` | 401, 403 | issued to an application that the authority's [`clients`](crate::AuthoritySettings::clients) (401) or a requirement (403) does not allow |
    /// | `wrong_tenant` | 401 | `tid` contradicts the issuer |
    /// | `foreign_key` | 401 | with [any tenant](crate::AuthoritySettings::danger_accept_any_tenant): signed with a key that belongs to another issuer |
    /// | `lifetime_too_long` | 401 | longer than [`max_token_lifetime`](crate::Settings::max_token_lifetime) |
    /// | `legacy_issuer` | 401 | the [migration](crate::migration) now refuses this issuer |
    /// | `encrypted`, `decryption_failed` | 401 | encrypted, without a [decryption key](crate::Settings::decryption_keys) that fits |
    /// | `unsupported_algorithm`, `unsuitable_key`, `unsupported_type`, `critical_header`, `key_bound`, `missing_key_id` | 401 | a kind of token that these settings do not accept |
    /// | `too_large`, `malformed_header`, …, `duplicate_claim`, …, `missing_exp`, …, `invalid_exp`, … | 401 | not a well-formed token; the rest of the word names the part or the claim |
    /// | `insufficient_scope` | 403 | a good token without a scope that a requirement asks for: consent is missing |
    /// | `missing_role` | 403 | a good token without a role that a requirement asks for |
    /// | `foreign_policy` | 403 | a good token from a policy that a requirement does not allow, or from a tenant that has none, such as External ID |
    /// | `unmet_claim` | 403 | a good token without a claim that a requirement asks for, or with another value |
    /// | `unknown_user` | 403 | a good token of a user whom the [look-up](crate::LookUp) does not know, or that names no user, such as an application's own token |
    /// | `no_route` | 403 | no route allows this path and method |
    /// | `ambiguous_path`, `ambiguous_host` | 400 | a path or a host that two programs could read differently |
    /// | `keys_unavailable` | 503 | the identity provider or the source of tenants did not answer (see [`Health`](crate::Health)), or unknown key ids or issuers have caused as many fetches or calls to the source as they may for now |
    /// | `too_many_waiting` | 503 | a limit of [`KeySettings`](crate::KeySettings): an outage, or a flood of unknown key ids or issuers |
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
