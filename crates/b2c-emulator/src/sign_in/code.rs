//! `grant_type=authorization_code` (RFC 6749 §4.1.3).

use serde_json::Value;

use super::{client::Client, pkce, refusal::Refusal, scopes, token_response};
use crate::{
    grants::{Grant, Scopes},
    request::{Params, Route},
    seed::Platform,
};

pub(super) fn redeem(route: &Route, client: &Client<'_>, form: &Params) -> Result<Value, Refusal> {
    let tenant = &route.tenant;
    let code = form.get("code").ok_or(Refusal::MissingParameter("code"))?;
    let now = tenant.now();
    let check = |grant: &Grant| {
        check_grant(route, client, grant)?;
        let uri = form.get("redirect_uri").unwrap_or_default();
        if uri != grant.redirect_uri {
            return Err(Refusal::OtherRedirectUri {
                uri: uri.to_owned(),
                client: grant.client.clone(),
            });
        }
        pkce::check(grant.challenge.as_ref(), form.get("code_verifier"))
    };
    let grant = tenant.state().grants.redeem_code(code, now, check)?;
    let grant = narrowed(route, client, form, grant)?;
    let lifetimes = &tenant.seed.lifetimes;
    let lifetime = match grant.platform {
        Platform::Spa => lifetimes.spa_refresh_token(),
        Platform::Web | Platform::Native => lifetimes.refresh_token(),
    };
    token_response::of(route, &grant, form, now + lifetime)
}

/// Checks that the grant is this client's, and that it was made under this policy.
pub(super) fn check_grant(
    route: &Route,
    client: &Client<'_>,
    grant: &Grant,
) -> Result<(), Refusal> {
    if grant.client != client.application.client_id {
        return Err(Refusal::OtherClient(client.application.client_id.clone()));
    }
    client.check(grant.platform)?;
    if grant.policy == route.policy {
        return Ok(());
    }
    let spelled = |policy: &str| {
        let policy = route.tenant.policy(policy);
        policy.map_or_else(String::new, |policy| policy.name.clone())
    };
    Err(Refusal::OtherPolicy {
        route: spelled(&route.policy),
        issued: spelled(&grant.policy),
    })
}

/// Replaces the grant's API scopes with those of this request, if it names any.
pub(super) fn narrowed(
    route: &Route,
    client: &Client<'_>,
    form: &Params,
    mut grant: Grant,
) -> Result<Grant, Refusal> {
    if let Some(scope) = form.get("scope") {
        let wanted = scopes::parse(&route.tenant, client.application, scope)?;
        grant.scopes = Scopes {
            openid: grant.scopes.openid,
            offline: grant.scopes.offline,
            api: wanted.api.or(grant.scopes.api),
        };
    }
    Ok(grant)
}
