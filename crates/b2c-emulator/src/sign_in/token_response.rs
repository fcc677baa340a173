//! The response to a code or a refresh token (RFC 6749 §5.1), in the form of the tenant's product.

use std::time::SystemTime;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    issue::{self, Hashes, half_hash},
    refusal::Refusal,
};
use crate::{
    clock::seconds,
    grants::{ApiScopes, Grant},
    request::{Params, Route},
    seed::{Kind, User},
};

pub(super) fn of(
    route: &Route,
    grant: &Grant,
    form: &Params,
    refresh_expires: SystemTime,
) -> Result<Value, Refusal> {
    let tenant = &route.tenant;
    let user = tenant.user(&grant.user).ok_or(Refusal::UserIsGone)?;
    let now = seconds(tenant.now());
    let lifetimes = tenant.seed.lifetimes;
    let b2c = tenant.seed.kind == Kind::B2c;
    let mut answer = json!({ "token_type": "Bearer", "scope": grant.scopes.text() });
    let mut hashes = Hashes::default();
    // RFC 6749 §5.1 requires an access token. B2C issues none if no API was requested.
    let own = tenant
        .strict_openid
        .then(|| ApiScopes::of_client(&grant.client));
    if let Some(api) = grant.scopes.api.as_ref().or(own.as_ref()) {
        let token = issue::access_token(route, grant, &user, api);
        if !b2c {
            hashes.access_token = Some(half_hash(&token));
        }
        answer["access_token"] = json!(token);
        answer["expires_in"] = json!(lifetimes.access_token_secs);
        if b2c {
            answer["expires_on"] = json!(now + lifetimes.access_token_secs);
            answer["resource"] = json!(api.audience);
        } else {
            answer["ext_expires_in"] = json!(lifetimes.access_token_secs);
        }
    }
    if grant.scopes.openid {
        answer["id_token"] = json!(issue::id_token(route, grant, &user, &hashes));
        if b2c {
            answer["id_token_expires_in"] = json!(lifetimes.id_token_secs);
        }
    }
    if b2c {
        answer["not_before"] = json!(now);
        let profile = json!({
            "ver": "1.0",
            "tid": tenant.seed.id,
            "sub": null,
            "name": user.name,
            "preferred_username": null,
            "idp": null,
        });
        answer["profile_info"] = json!(URL_SAFE_NO_PAD.encode(profile.to_string()));
    }
    if form.get("client_info").is_some() {
        answer["client_info"] = json!(client_info(route, &user));
    }
    if grant.scopes.offline {
        let mut state = tenant.state();
        let token = state
            .grants
            .add_refresh_token(grant.clone(), tenant.now(), refresh_expires);
        answer["refresh_token"] = json!(token);
        answer["refresh_token_expires_in"] = json!(seconds(refresh_expires).saturating_sub(now));
    }
    Ok(answer)
}

/// MSAL derives its account ids from it. In B2C, an account is a user of one policy.
fn client_info(route: &Route, user: &User) -> String {
    let object_id = &user.object_id;
    let uid = match route.tenant.seed.kind {
        Kind::B2c => format!("{object_id}-{}", route.policy),
        Kind::ExternalId | Kind::EntraId => object_id.clone(),
    };
    let info = json!({ "uid": uid, "utid": route.tenant.home_of(user) });
    URL_SAFE_NO_PAD.encode(info.to_string())
}
