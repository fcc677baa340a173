//! `grant_type=refresh_token` (RFC 6749 §6). Each token works once; the response contains the next.

use serde_json::Value;

use super::{
    client::Client,
    code::{check_grant, wanted},
    refusal::Refusal,
    token_response,
};
use crate::{
    grants::Grant,
    request::{Params, Route},
    seed::Platform,
};

pub(super) fn redeem(route: &Route, client: &Client<'_>, form: &Params) -> Result<Value, Refusal> {
    let tenant = &route.tenant;
    let token = form
        .get("refresh_token")
        .ok_or(Refusal::MissingParameter("refresh_token"))?;
    let wanted = wanted(route, client, form)?;
    let (now, users) = (tenant.now(), tenant.state().users.clone());
    let check = |grant: &Grant| check_grant(route, client, &users, grant);
    let redeemed = tenant
        .state()
        .grants
        .redeem_refresh_token(token, now, check);
    let (mut grant, expires) = redeemed?;
    grant.scopes.api = wanted.or(grant.scopes.api);
    let expires = match grant.platform {
        // A day from the redemption of the code: renewing does not extend it.
        Platform::Spa => expires,
        Platform::Web | Platform::Native => now + tenant.seed.lifetimes.refresh_token(),
    };
    token_response::of(route, &grant, form, expires)
}
