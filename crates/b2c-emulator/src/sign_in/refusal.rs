//! Why a request is refused, in the words of B2C (`AADB2C…`) and of Entra (`AADSTS…`).

use std::time::SystemTime;

use axum::{body::Body, http::Response};

use crate::{
    clock::timestamp, grants::NotRedeemed, page, random, request::Note, seed::Kind, tenants::Tenant,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    MissingParameter(&'static str),
    RepeatedParameter(String),
    TooLarge,
    UnknownClient(String),
    RedirectUri {
        uri: String,
        client: String,
    },
    ResponseType(String),
    ResponseMode(String),
    Prompt,
    MaxAge(String),
    ImplicitIsOff,
    OpenidIsMissing,
    ApiIsMissing(String),
    NothingToIssue,
    NoChallenge,
    ChallengeMethod,
    Challenge,
    UnknownScope(String),
    NotDefault(String),
    NotPermitted,
    SeveralResources(String),
    NoSession,
    Cancelled,
    ForgottenPassword,
    GrantType(String),
    SecretIsMissing,
    SecretIsWrong,
    SecretOfPublicClient,
    OriginOfOtherPlatform,
    OriginIsMissing,
    Expired {
        issued: SystemTime,
        expires: SystemTime,
    },
    Used,
    UnknownGrant,
    OtherPolicy {
        route: String,
        issued: String,
    },
    OtherClient(String),
    OtherRedirectUri {
        uri: String,
        client: String,
    },
    Verifier,
    UserIsGone,
}

impl From<NotRedeemed> for Refusal {
    fn from(error: NotRedeemed) -> Self {
        match error {
            NotRedeemed::Unknown => Self::UnknownGrant,
            NotRedeemed::Used => Self::Used,
            NotRedeemed::Expired { issued, expires } => Self::Expired { issued, expires },
        }
    }
}

impl Refusal {
    /// The page for a refusal that cannot be sent to the client.
    pub(crate) fn page(&self, tenant: &Tenant) -> Response<Body> {
        let hint = matches!(self, Self::RedirectUri { .. }).then_some(REGISTER);
        let mut response = page::refused(&tenant.domain(), &self.description(tenant), hint);
        response.extensions_mut().insert(Note(self.text(tenant)));
        response
    }

    /// `error` of RFC 6749 §4.1.2.1 and §5.2, and OpenID Connect Core §3.1.2.6.
    pub(crate) fn error(&self, tenant: &Tenant) -> &'static str {
        match self {
            Self::NoSession if tenant.seed.kind != Kind::B2c => "login_required",
            Self::NotPermitted if tenant.seed.kind == Kind::B2c => "invalid_request",
            Self::UnknownClient(_) | Self::NotPermitted => "unauthorized_client",
            Self::ResponseType(_) | Self::ImplicitIsOff => "unsupported_response_type",
            Self::UnknownScope(_) | Self::NotDefault(_) | Self::SeveralResources(_) => {
                "invalid_scope"
            }
            Self::NoSession => "interaction_required",
            Self::Cancelled | Self::ForgottenPassword => "access_denied",
            Self::GrantType(_) => "unsupported_grant_type",
            Self::SecretIsMissing | Self::SecretIsWrong | Self::SecretOfPublicClient => {
                "invalid_client"
            }
            Self::Expired { .. }
            | Self::Used
            | Self::UnknownGrant
            | Self::OtherPolicy { .. }
            | Self::OtherClient(_)
            | Self::Verifier
            | Self::UserIsGone => "invalid_grant",
            Self::OtherRedirectUri { .. } => "redirect_uri_mismatch",
            Self::MissingParameter(_)
            | Self::RepeatedParameter(_)
            | Self::TooLarge
            | Self::RedirectUri { .. }
            | Self::ResponseMode(_)
            | Self::Prompt
            | Self::MaxAge(_)
            | Self::OpenidIsMissing
            | Self::ApiIsMissing(_)
            | Self::NothingToIssue
            | Self::NoChallenge
            | Self::ChallengeMethod
            | Self::Challenge
            | Self::OriginOfOtherPlatform
            | Self::OriginIsMissing => "invalid_request",
        }
    }

    /// `error_description`: the text, an id and the time, in the format of the tenant's product.
    pub(crate) fn description(&self, tenant: &Tenant) -> String {
        let id = random::guid();
        let at = timestamp(tenant.now());
        match tenant.seed.kind {
            Kind::B2c => format!(
                "{}\r\nCorrelation ID: {id}\r\nTimestamp: {at}\r\n",
                self.b2c(tenant)
            ),
            Kind::ExternalId | Kind::EntraId => format!(
                "{} Trace ID: {} Correlation ID: {id} Timestamp: {at}",
                self.entra(tenant),
                random::guid()
            ),
        }
    }

    /// The text alone, for people.
    pub(crate) fn text(&self, tenant: &Tenant) -> String {
        match tenant.seed.kind {
            Kind::B2c => self.b2c(tenant),
            Kind::ExternalId | Kind::EntraId => self.entra(tenant),
        }
    }

    /// An error code of B2C's, with the text in Microsoft's table or one close to it.
    fn b2c(&self, tenant: &Tenant) -> String {
        match self {
            Self::MissingParameter("client_id") => "AADB2C90008: The request does not contain a client id parameter.".into(),
            Self::MissingParameter("scope") => "AADB2C90010: The request does not contain a scope parameter.".into(),
            Self::MissingParameter(name) => format!("AADB2C90083: The request is missing required parameter: {name}."),
            Self::RepeatedParameter(name) => format!("AADB2C90122: Input for '{}' received in the request has failed HTTP request validation.", short(name)),
            Self::TooLarge => "AADB2C90122: Input received in the request has failed HTTP request validation: it is too large.".into(),
            Self::UnknownClient(id) => format!("AADB2C90018: The client id '{}' specified in the request is not registered in tenant '{}'.", short(id), tenant.domain()),
            Self::RedirectUri { uri, client } | Self::OtherRedirectUri { uri, client } => {
                format!("AADB2C90006: The redirect URI '{}' provided in the request is not registered for the client id '{}'.", short(uri), short(client))
            }
            Self::ResponseType(given) => format!("AADB2C90013: The requested response type '{}' provided in the request is not supported.", short(given)),
            Self::ResponseMode(given) => format!("AADB2C90014: The requested response mode '{}' provided in the request is not supported.", short(given)),
            Self::Prompt => "AADB2C90043: The prompt included in the request contains invalid values. Expected 'none', 'login', 'consent' or 'select_account'.".into(),
            Self::MaxAge(given) => format!("AADB2C90120: The max age parameter '{}' specified in the request is invalid.", short(given)),
            Self::ImplicitIsOff => "AADB2C90057: The provided application is not configured to allow the OAuth Implicit flow.".into(),
            Self::OpenidIsMissing => "AADB2C90110: The scope parameter must include 'openid' when requesting a response_type that includes 'id_token'.".into(),
            Self::ApiIsMissing(scope) => format!("AADB2C90055: The scope '{}' provided in request must specify a resource, such as 'https://example.com/calendar.read'.", short(scope)),
            Self::NothingToIssue => "AADB2C90115: When requesting the 'code' response_type, the scope parameter must include a resource or client ID for access tokens, and 'openid' for ID tokens. Additionally include 'offline_access' for refresh tokens.".into(),
            Self::NoChallenge => "AADB2C99059: The supplied request must present a code_challenge. Required for single-page apps using the authorization code flow.".into(),
            Self::ChallengeMethod => "AADB2C90184: The supplied code_challenge_method is not supported. Supported values are S256".into(),
            Self::Challenge => "AADB2C90122: Input for 'code_challenge' received in the request has failed HTTP request validation.".into(),
            Self::UnknownScope(scope) => format!("AADB2C90117: The scope '{}' provided in the request is not supported.", short(scope)),
            Self::NotDefault(scope) => format!("AADB2C99068: Scope parameter ({}) must be formatted like https://<application-uri>/.default", short(scope)),
            Self::NotPermitted => "AADB2C90205: This application does not have sufficient permissions against this web resource to perform the operation.".into(),
            Self::SeveralResources(scope) => format!("AADB2C90146: The scope '{}' provided in request specifies more than one resource for an access token, which is not supported.", short(scope)),
            Self::NoSession => "AADB2C90077: User does not have an existing session and request prompt parameter has a value of 'None'.".into(),
            Self::Cancelled => "AADB2C90091: The user has cancelled entering self-asserted information.".into(),
            Self::ForgottenPassword => "AADB2C90118: The user has forgotten their password.".into(),
            Self::GrantType(given) => format!("AADB2C90086: The supplied grant_type [{}] is not supported.", short(given)),
            Self::SecretIsMissing => "AADB2C90079: Clients must send a client_secret when redeeming a confidential grant.".into(),
            Self::SecretIsWrong => "AADB2C90081: The specified client_secret does not match the expected value for this client. Please correct the client_secret and try again.".into(),
            Self::SecretOfPublicClient => "AADB2C90084: Public clients should not send a client_secret when redeeming a publicly acquired grant.".into(),
            // Not used: only Entra is known to look at the origin.
            Self::OriginOfOtherPlatform | Self::OriginIsMissing => "AADB2C90122: Input for 'Origin' received in the request has failed HTTP request validation.".into(),
            Self::Expired { issued, expires } => format!(
                "AADB2C90080: The provided grant has expired. Please re-authenticate and try again. Current time: {}, Grant issued time: {}, Grant sliding window expiration time: {}.",
                timestamp(tenant.now()), timestamp(*issued), timestamp(*expires)
            ),
            Self::Used => "AADB2C90129: The provided grant has been revoked. Please reauthenticate and try again.".into(),
            Self::UnknownGrant => "AADB2C90090: The provided JWE is not a valid 5 segment token.".into(),
            Self::OtherPolicy { route, issued } => format!("AADB2C90088: The provided grant has not been issued for this endpoint. Actual Value : {route} and Expected Value : {issued}"),
            Self::OtherClient(id) => format!("AADB2C90279: The provided client id '{}' does not match the client id that issued the grant.", short(id)),
            Self::Verifier => "AADB2C90183: The supplied code_verifier is invalid".into(),
            Self::UserIsGone => "AADB2C90128: The account associated with this grant no longer exists. Please reauthenticate and try again.".into(),
        }
    }

    /// An error code of Entra's, with the text in Microsoft's table or one close to it.
    fn entra(&self, tenant: &Tenant) -> String {
        match self {
            Self::MissingParameter(name) => format!("AADSTS900144: The request body must contain the following parameter: '{name}'."),
            Self::RepeatedParameter(name) => format!("AADSTS9000411: The request is not properly formatted. The parameter '{}' is duplicated.", short(name)),
            Self::TooLarge => "AADSTS90015: The query string is too long.".into(),
            Self::UnknownClient(id) => format!("AADSTS700016: Application with identifier '{}' was not found in the directory '{}'.", short(id), tenant.domain()),
            Self::RedirectUri { uri, client } | Self::OtherRedirectUri { uri, client } => {
                format!("AADSTS50011: The redirect URI '{}' specified in the request does not match the redirect URIs configured for the application '{}'.", short(uri), short(client))
            }
            Self::ResponseType(given) | Self::ResponseMode(given) => format!("AADSTS70007: '{}' is not a supported value.", short(given)),
            Self::Prompt => "AADSTS90023: Unsupported 'prompt' value.".into(),
            Self::MaxAge(given) => format!("AADSTS90023: Unsupported 'max_age' value '{}'.", short(given)),
            Self::ImplicitIsOff => "AADSTS700054: response_type 'id_token' is not enabled for the application.".into(),
            Self::OpenidIsMissing | Self::ApiIsMissing(_) | Self::NothingToIssue => "AADSTS70011: The provided value for the input parameter 'scope' is not valid.".into(),
            Self::NoChallenge => "AADSTS9002325: Proof Key for Code Exchange is required for cross-origin authorization code redemption.".into(),
            Self::ChallengeMethod | Self::Challenge => "AADSTS50147: The size or the method of the code challenge parameter is not valid.".into(),
            Self::UnknownScope(scope) => format!("AADSTS70011: The provided value for the input parameter 'scope' is not valid. The scope {} is not valid.", short(scope)),
            Self::NotDefault(scope) => format!("AADSTS1002012: The provided value for scope {} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", short(scope)),
            Self::NotPermitted => "AADSTS65001: The user or administrator has not consented to use the application.".into(),
            Self::SeveralResources(_) => "AADSTS28000: Provided value for the input parameter scope is not valid because it contains more than one resource.".into(),
            Self::NoSession => "AADSTS50058: A silent sign-in request was sent but no user is signed in.".into(),
            Self::Cancelled => "AADSTS65004: User declined to consent to access the app.".into(),
            Self::ForgottenPassword => "AADSTS50126: The user has forgotten their password.".into(),
            Self::GrantType(given) => format!("AADSTS70003: The app requested an unsupported grant type '{}'.", short(given)),
            Self::SecretIsMissing => "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.".into(),
            Self::SecretIsWrong => "AADSTS7000215: Invalid client secret provided.".into(),
            Self::SecretOfPublicClient => "AADSTS700025: Client is public so neither 'client_assertion' nor 'client_secret' should be presented.".into(),
            Self::OriginOfOtherPlatform => "AADSTS9002326: Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.".into(),
            Self::OriginIsMissing => "AADSTS9002327: Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.".into(),
            Self::Expired { .. } => "AADSTS70008: The provided authorization code or refresh token has expired due to inactivity.".into(),
            Self::Used => "AADSTS54005: OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.".into(),
            Self::UnknownGrant | Self::OtherPolicy { .. } => "AADSTS9002313: Invalid request. Request is malformed or invalid.".into(),
            Self::OtherClient(_) => "AADSTS70000: Provided grant is invalid: it was issued to another client.".into(),
            Self::Verifier => "AADSTS501481: The Code_Verifier does not match the code_challenge supplied in the authorization request.".into(),
            Self::UserIsGone => "AADSTS50034: The user account does not exist in the directory.".into(),
        }
    }
}

/// Values from outside are echoed, but truncated.
fn short(value: &str) -> String {
    value.chars().take(ECHOED).collect()
}

const ECHOED: usize = 200;
const REGISTER: &str =
    "Redirect URIs must match exactly. The seed file registers them, by platform.";
