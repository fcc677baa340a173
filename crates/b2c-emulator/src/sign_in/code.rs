//! `grant_type=authorization_code` (RFC 6749 §4.1.3).

use serde_json::Value;

use super::{client::Client, pkce, refusal::Refusal, scopes, token_response};
use crate::{
    grants::{ApiScopes, Grant},
    request::{Params, Route},
    seed::{Platform, User},
};

pub(super) fn redeem(route: &Route, client: &Client<'_>, form: &Params) -> Result<Value, Refusal> {
    let tenant = &route.tenant;
    let code = form.get("code").ok_or(Refusal::MissingParameter("code"))?;
    let wanted = wanted(route, client, form)?;
    let (now, users) = (tenant.now(), tenant.state().users.clone());
    let check = |grant: &Grant| {
        check_grant(route, client, &users, grant)?;
        let uri = form.get("redirect_uri").unwrap_or_default();
        if uri != grant.redirect_uri {
            return Err(Refusal::OtherRedirectUri {
                uri: uri.to_owned(),
                client: grant.client.clone(),
            });
        }
        pkce::check(grant.challenge.as_ref(), form.get("code_verifier"))
    };
    let mut grant = tenant.state().grants.redeem_code(code, now, check)?;
    grant.scopes.api = wanted.or(grant.scopes.api);
    let lifetimes = &tenant.seed.lifetimes;
    let lifetime = match grant.platform {
        Platform::Spa => lifetimes.spa_refresh_token(),
        Platform::Web | Platform::Native => lifetimes.refresh_token(),
    };
    token_response::of(route, &grant, form, now + lifetime)
}

/// Checks that the grant is this client's, that it was made under this policy, and that its user still exists.
pub(super) fn check_grant(
    route: &Route,
    client: &Client<'_>,
    users: &[User],
    grant: &Grant,
) -> Result<(), Refusal> {
    if grant.client != client.application.client_id {
        return Err(Refusal::OtherClient(client.application.client_id.clone()));
    }
    client.check(grant.platform)?;
    if grant.policy != route.policy {
        let spelled = |policy: &str| {
            let policy = route.tenant.policy(policy);
            policy.map_or_else(String::new, |policy| policy.name.clone())
        };
        return Err(Refusal::OtherPolicy {
            route: spelled(&route.policy),
            issued: spelled(&grant.policy),
        });
    }
    let exists = users.iter().any(|user| user.object_id == grant.user);
    exists.then_some(()).ok_or(Refusal::UserIsGone)
}

/// The API scopes that this request names, which replace the granted ones. They are read before the grant is redeemed, so that a mistake in them does not
/// use it up.
pub(super) fn wanted(
    route: &Route,
    client: &Client<'_>,
    form: &Params,
) -> Result<Option<ApiScopes>, Refusal> {
    let scopes = form
        .get("scope")
        .map(|scope| scopes::parse(&route.tenant, client.application, scope));
    Ok(scopes.transpose()?.and_then(|scopes| scopes.api))
}
