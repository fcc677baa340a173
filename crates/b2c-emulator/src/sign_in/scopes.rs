//! `scope`: requested full names ─▶ granted scopes.
//!
//! 1. `openid`, `offline_access`, `profile` and `email` are OpenID Connect's scopes.
//! 2. A client id means that application itself.
//! 3. `<application ID URI>/<scope>` or `<client id>/<scope>` is a scope that an API exposes. All such scopes must belong to one API.
//! 4. The same with `.default` for the scope is all of the API's scopes that the client was granted.
//! 5. Scopes that were not granted are left out. If any was left out and nothing of rules 2 to 4 remains, the request is refused.

use super::refusal::Refusal;
use crate::{
    grants::{ApiScopes, Scopes},
    seed::{Application, DEFAULT_SCOPE},
    tenants::Tenant,
};

/// # Errors
///
/// If a scope is unknown, if a scope was left out and nothing of rules 2 to 4 remains, or if the scopes belong to several APIs.
pub(crate) fn parse(tenant: &Tenant, client: &Application, text: &str) -> Result<Scopes, Refusal> {
    let mut scopes = Scopes::default();
    let mut refused = false;
    for word in text.split_ascii_whitespace().take(MAX_SCOPES) {
        match Word::of(tenant, word)? {
            Word::Openid => scopes.openid = true,
            Word::Offline => scopes.offline = true,
            Word::Ignored => {}
            Word::Api(api, name) => match granted(api, name, client) {
                Some(names) => add(&mut scopes, api, names, word)?,
                None => refused = true,
            },
        }
    }
    if refused && scopes.api.is_none() {
        return Err(Refusal::NotPermitted);
    }
    Ok(scopes)
}

/// Adds scopes of this API, or none for the application itself. `word` is as the client wrote it.
fn add(
    scopes: &mut Scopes,
    api: &Application,
    names: Vec<String>,
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
    applications.find(|api| api.is_resource(resource))
}

/// The scopes that a word means; `None` if the client was granted none of them. Scopes are compared exactly, including case.
fn granted(api: &Application, name: Option<&str>, client: &Application) -> Option<Vec<String>> {
    let Some(name) = name else {
        return Some(Vec::new());
    };
    let mut names = api.scopes.clone();
    names.retain(|scope| (name == DEFAULT_SCOPE || scope == name) && client.may_use(api, scope));
    let exposes_none = name == DEFAULT_SCOPE && api.scopes.is_empty();
    (exposes_none || !names.is_empty()).then_some(names)
}

/// Azure's limit for one application.
const MAX_SCOPES: usize = 1000;
