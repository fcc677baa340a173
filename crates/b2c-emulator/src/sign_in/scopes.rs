//! `scope`: requested full names ─▶ granted scopes.
//!
//! 1. `openid`, `offline_access`, `profile` and `email` are OpenID Connect's scopes.
//! 2. A client id means that application itself.
//! 3. `<application ID URI>/<scope>` is a scope that an API exposes. All such scopes must belong to one API.
//! 4. Scopes that were not granted are left out. If any was left out and no API's scope remains, the request is refused.

use super::refusal::Refusal;
use crate::{
    grants::{ApiScopes, Scopes},
    seed::Application,
    tenants::Tenant,
};

/// # Errors
///
/// If a scope is unknown, if a scope was left out and no API's scope remains, or if the scopes belong to several APIs.
pub(crate) fn parse(tenant: &Tenant, client: &Application, text: &str) -> Result<Scopes, Refusal> {
    let mut scopes = Scopes::default();
    let mut refused = false;
    for word in text.split_ascii_whitespace().take(MAX_SCOPES) {
        match Word::of(tenant, word)? {
            Word::Openid => scopes.openid = true,
            Word::Offline => scopes.offline = true,
            Word::Ignored => {}
            Word::Api(api, name) => {
                if name.is_some_and(|name| !granted(api, name, word, client)) {
                    refused = true;
                } else {
                    add(&mut scopes, api, name, word)?;
                }
            }
        }
    }
    if refused && scopes.api.is_none() {
        return Err(Refusal::NotPermitted);
    }
    Ok(scopes)
}

/// Adds a scope of this API, all of them, or none for the application itself. `word` is as the client wrote it.
fn add(
    scopes: &mut Scopes,
    api: &Application,
    name: Option<&str>,
    word: &str,
) -> Result<(), Refusal> {
    let granted = scopes.api.get_or_insert_with(|| ApiScopes {
        audience: api.client_id.clone(),
        full: Vec::new(),
        names: Vec::new(),
    });
    if granted.audience != api.client_id {
        return Err(Refusal::SeveralResources(word.to_owned()));
    }
    let names = match name {
        Some(DEFAULT) => api.scopes.clone(),
        Some(name) => vec![name.to_owned()],
        None => Vec::new(),
    };
    for name in names {
        if !granted.names.contains(&name) {
            granted.names.push(name);
        }
    }
    granted.full.push(word.to_owned());
    Ok(())
}

enum Word<'a> {
    Openid,
    Offline,
    Ignored,
    Api(&'a Application, Option<&'a str>),
}

impl<'a> Word<'a> {
    fn of(tenant: &'a Tenant, word: &'a str) -> Result<Self, Refusal> {
        match word {
            "openid" => return Ok(Self::Openid),
            "offline_access" => return Ok(Self::Offline),
            "profile" | "email" => return Ok(Self::Ignored),
            _ => {}
        }
        if let Some(application) = tenant.application(word) {
            return Ok(Self::Api(application, None));
        }
        let api = word.rsplit_once('/').and_then(|(resource, name)| {
            let api = api_of(tenant, resource)?;
            Some(Self::Api(api, Some(name)))
        });
        api.ok_or_else(|| Refusal::UnknownScope(word.to_owned()))
    }
}

/// The API with this application ID URI or client id.
pub(crate) fn api_of<'a>(tenant: &'a Tenant, resource: &str) -> Option<&'a Application> {
    let mut applications = tenant.seed.applications.iter();
    applications.find(|api| {
        let uri = api.app_id_uri.as_deref();
        uri.is_some_and(|uri| uri.trim_end_matches('/') == resource.trim_end_matches('/'))
            || api.client_id.eq_ignore_ascii_case(resource)
    })
}

/// Scopes are compared exactly, including case.
fn granted(api: &Application, name: &str, word: &str, client: &Application) -> bool {
    let exposed = name == DEFAULT || api.scopes.iter().any(|scope| scope == name);
    let permitted = client
        .permissions
        .as_ref()
        .is_none_or(|permissions| permissions.iter().any(|permission| permission == word));
    exposed && permitted
}

/// All of an API's scopes.
pub(crate) const DEFAULT: &str = ".default";
/// Azure's limit for one application.
const MAX_SCOPES: usize = 1000;
