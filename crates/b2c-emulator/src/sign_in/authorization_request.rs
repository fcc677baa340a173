//! An authorization request (RFC 6749 §4.1.1; OpenID Connect Core §3.1.2.1).

use std::time::Duration;

use super::{
    pkce,
    refusal::Refusal,
    reply::{ReplyTo, ResponseMode},
    scopes,
};
use crate::{
    grants::{ApiScopes, Challenge, Scopes},
    request::{Params, ParamsError},
    seed::{Application, Kind, Platform},
    tenants::Tenant,
};

/// A valid authorization request. It is answered once a user has signed in.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client: Application,
    pub(crate) platform: Platform,
    pub(crate) reply_to: ReplyTo,
    pub(crate) response_type: ResponseType,
    pub(crate) scopes: Scopes,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) prompt: Option<Prompt>,
    pub(crate) login_hint: Option<String>,
    pub(crate) max_age: Option<Duration>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ResponseType {
    pub(crate) code: bool,
    pub(crate) id_token: bool,
    pub(crate) token: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prompt {
    None,
    Login,
    Consent,
    SelectAccount,
    Create,
}

/// Where the error is shown: to the user on a page, or to the client, once the redirect URI is known to be the client's.
#[derive(Debug)]
pub(crate) enum BadRequest {
    OnPage(Refusal),
    ToClient(Box<ReplyTo>, Refusal),
}

impl AuthorizationRequest {
    pub(crate) fn read(tenant: &Tenant, query: &[u8]) -> Result<Self, BadRequest> {
        let params = Params::parse(query).map_err(Refusal::from);
        let params = params.map_err(BadRequest::OnPage)?;
        let (client, platform, redirect_uri) =
            client(tenant, &params).map_err(BadRequest::OnPage)?;
        let response_type = params.get("response_type").unwrap_or_default();
        let parsed = ResponseType::parse(response_type);
        let mode = params.get("response_mode");
        let fallback = match parsed {
            Some(ResponseType {
                id_token: false,
                token: false,
                ..
            })
            | None => ResponseMode::Query,
            Some(_) => ResponseMode::Fragment,
        };
        let reply_to = ReplyTo {
            redirect_uri,
            mode: mode.and_then(ResponseMode::parse).unwrap_or(fallback),
            state: params.get("state").map(str::to_owned),
        };
        let rest = || {
            let mode = mode.unwrap_or_default();
            let types = parsed.ok_or_else(|| Refusal::ResponseType(response_type.to_owned()))?;
            let in_query = reply_to.mode == ResponseMode::Query;
            let known = mode.is_empty() || ResponseMode::parse(mode).is_some();
            if !known || in_query && (types.id_token || types.token) {
                return Err(Refusal::ResponseMode(mode.to_owned()));
            }
            read_rest(tenant, &params, client, platform, types)
        };
        let request =
            rest().map_err(|refusal| BadRequest::ToClient(reply_to.clone().into(), refusal))?;
        Ok(Self {
            reply_to,
            ..request
        })
    }
}

/// Reads what must be valid before any redirect.
fn client<'a>(
    tenant: &'a Tenant,
    params: &Params,
) -> Result<(&'a Application, Platform, String), Refusal> {
    let id = params
        .get("client_id")
        .ok_or(Refusal::MissingParameter("client_id"))?;
    let client = tenant
        .application(id)
        .ok_or_else(|| Refusal::UnknownClient(id.to_owned()))?;
    let uri = params
        .get("redirect_uri")
        .ok_or(Refusal::MissingParameter("redirect_uri"))?;
    let platform = client.platform(uri).ok_or_else(|| Refusal::RedirectUri {
        uri: uri.to_owned(),
        client: id.to_owned(),
    })?;
    Ok((client, platform, uri.to_owned()))
}

fn read_rest(
    tenant: &Tenant,
    params: &Params,
    client: &Application,
    platform: Platform,
    response_type: ResponseType,
) -> Result<AuthorizationRequest, Refusal> {
    if (response_type.id_token || response_type.token) && !client.implicit {
        return Err(Refusal::ImplicitIsOff);
    }
    let scope = params
        .get("scope")
        .ok_or(Refusal::MissingParameter("scope"))?;
    let mut scopes = scopes::parse(tenant, client, scope)?;
    if response_type.id_token && !scopes.openid {
        return Err(Refusal::OpenidIsMissing);
    }
    if !scopes.openid && scopes.api.is_none() {
        return Err(Refusal::NothingToIssue);
    }
    if response_type.token && scopes.api.is_none() {
        if !tenant.strict_openid {
            return Err(Refusal::ApiIsMissing(scope.to_owned()));
        }
        scopes.api = Some(ApiScopes::of_client(&client.client_id));
    }
    let nonce = params.get("nonce").map(str::to_owned);
    if response_type.id_token && nonce.is_none() {
        return Err(Refusal::MissingParameter("nonce"));
    }
    let challenge = if response_type.code {
        pkce::read(params, platform)?
    } else {
        None
    };
    let prompt = params
        .get("prompt")
        .map(|text| Prompt::parse(tenant.seed.kind, text).ok_or(Refusal::Prompt))
        .transpose()?;
    let max_age = params
        .get("max_age")
        .map(|text| text.parse().map_err(|_| Refusal::MaxAge(text.to_owned())))
        .transpose()?;
    Ok(AuthorizationRequest {
        client: client.clone(),
        platform,
        reply_to: ReplyTo {
            redirect_uri: String::new(),
            mode: ResponseMode::Query,
            state: None,
        },
        response_type,
        scopes,
        nonce,
        challenge,
        prompt,
        login_hint: params.get("login_hint").map(str::to_owned),
        max_age: max_age.map(Duration::from_secs),
    })
}

impl ResponseType {
    fn parse(text: &str) -> Option<Self> {
        let mut types = Self::default();
        for word in text.split_ascii_whitespace() {
            match word {
                "code" => types.code = true,
                "id_token" => types.id_token = true,
                "token" => types.token = true,
                _ => return None,
            }
        }
        (types != Self::default()).then_some(types)
    }
}

impl ResponseMode {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "query" => Some(Self::Query),
            "fragment" => Some(Self::Fragment),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }
}

impl Prompt {
    fn parse(kind: Kind, text: &str) -> Option<Self> {
        match text {
            "none" => Some(Self::None),
            "login" => Some(Self::Login),
            "consent" => Some(Self::Consent),
            "select_account" => Some(Self::SelectAccount),
            "create" if kind == Kind::ExternalId => Some(Self::Create),
            _ => None,
        }
    }
}

impl From<ParamsError> for Refusal {
    fn from(error: ParamsError) -> Self {
        match error {
            ParamsError::TooLarge => Self::TooLarge,
            ParamsError::Duplicate(name) => Self::RepeatedParameter(name),
        }
    }
}
