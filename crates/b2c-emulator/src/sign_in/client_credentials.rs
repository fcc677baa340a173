//! `grant_type=client_credentials` (RFC 6749 §4.4): a token for the client itself.

use serde_json::{Value, json};

use super::{client::Client, issue, refusal::Refusal, scopes::api_of};
use crate::{
    clock::seconds,
    request::{Params, Route},
    seed::{DEFAULT_SCOPE, Kind, Platform},
};

pub(super) fn redeem(route: &Route, client: &Client<'_>, form: &Params) -> Result<Value, Refusal> {
    client.check(Platform::Web)?;
    let scope = form
        .get("scope")
        .ok_or(Refusal::MissingParameter("scope"))?;
    let (resource, _) = scope
        .rsplit_once('/')
        .filter(|(_, name)| *name == DEFAULT_SCOPE)
        .ok_or_else(|| Refusal::NotDefault(scope.to_owned()))?;
    let api =
        api_of(&route.tenant, resource).ok_or_else(|| Refusal::UnknownScope(scope.to_owned()))?;
    let application = client.application;
    let mut roles = api.app_roles.clone();
    roles.retain(|role| application.may_use(api, role));
    let token = issue::app_only_token(route, &application.client_id, &api.client_id, &roles);
    let lifetime = route.tenant.seed.lifetimes.access_token_secs;
    let now = seconds(route.tenant.now());
    Ok(match route.tenant.seed.kind {
        Kind::B2c => json!({
            "access_token": token,
            "token_type": "Bearer",
            "not_before": now,
            "expires_in": lifetime,
            "expires_on": now + lifetime,
            "resource": api.client_id,
        }),
        Kind::ExternalId | Kind::EntraId => json!({
            "token_type": "Bearer",
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": token,
        }),
    })
}
