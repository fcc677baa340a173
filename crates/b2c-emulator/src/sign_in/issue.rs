//! Issues tokens after a sign-in.

use std::time::SystemTime;

use aws_lc_rs::digest;
use axum::{body::Body, http::Response};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{authorization_request::AuthorizationRequest, reply::Pairs};
use crate::{
    clock::seconds,
    grants::{ApiScopes, Grant, Session},
    random,
    request::Route,
    seed::{Kind, Platform, PolicyClaim, User},
    tenants::{TokenBuilder, to_version_1, user_claims},
};

/// A user who has just signed in or has a session.
pub(crate) struct SignedIn {
    pub(crate) user: User,
    pub(crate) edited: Map<String, Value>,
    pub(crate) new_user: bool,
    pub(crate) at: SystemTime,
}

impl SignedIn {
    pub(super) fn again(session: Session, user: User) -> Self {
        Self {
            user,
            edited: session.edited,
            new_user: false,
            at: session.since,
        }
    }
}

/// The response of the authorization endpoint.
pub(super) fn answer(
    route: &Route,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
) -> Response<Body> {
    let tenant = &route.tenant;
    let grant = Grant {
        client: request.client.client_id.clone(),
        platform: request.platform,
        redirect_uri: request.reply_to.redirect_uri.clone(),
        policy: route.policy.clone(),
        user: signed_in.user.object_id.clone(),
        edited: signed_in.edited.clone(),
        new_user: signed_in.new_user,
        scopes: request.scopes.clone(),
        nonce: request.nonce.clone(),
        challenge: request.challenge.clone(),
        signed_in: signed_in.at,
    };
    let mut pairs = Pairs::new();
    let mut hashes = Hashes::default();
    if request.response_type.token
        && let Some(api) = &grant.scopes.api
    {
        let token = access_token(route, &grant, &signed_in.user, api);
        hashes.access_token = Some(half_hash(&token));
        pairs.push(("access_token", token));
        pairs.push(("token_type", "Bearer".to_owned()));
        let lifetime = tenant.seed.lifetimes.access_token_secs;
        pairs.push(("expires_in", lifetime.to_string()));
        pairs.push(("scope", grant.scopes.text()));
    }
    if request.response_type.code {
        let lifetime = tenant.seed.lifetimes.code();
        let mut state = tenant.state();
        let code = state.grants.add_code(grant.clone(), tenant.now(), lifetime);
        hashes.code = Some(half_hash(&code));
        pairs.push(("code", code));
    }
    if request.response_type.id_token {
        let token = id_token(route, &grant, &signed_in.user, &hashes);
        pairs.push(("id_token", token));
    }
    request.reply_to.send(pairs)
}

/// An ID token's claims about the code and token issued with it.
#[derive(Default)]
pub(super) struct Hashes {
    pub(super) code: Option<String>,
    pub(super) access_token: Option<String>,
}

pub(super) fn id_token(route: &Route, grant: &Grant, user: &User, hashes: &Hashes) -> String {
    let lifetime = route.tenant.seed.lifetimes.id_token_secs;
    let mut claims = common(route, &grant.client, lifetime);
    about(&mut claims, route, grant, user);
    claims.insert("auth_time".into(), json!(seconds(grant.signed_in)));
    if let Some(hash) = &hashes.code {
        claims.insert("c_hash".into(), json!(hash));
    }
    if let Some(hash) = &hashes.access_token {
        claims.insert("at_hash".into(), json!(hash));
    }
    sign(route, claims, &grant.edited)
}

pub(super) fn access_token(route: &Route, grant: &Grant, user: &User, api: &ApiScopes) -> String {
    let lifetime = route.tenant.seed.lifetimes.access_token_secs;
    let mut claims = common(route, &api.audience, lifetime);
    about(&mut claims, route, grant, user);
    claims.insert("azp".into(), json!(grant.client));
    if !api.names.is_empty() {
        claims.insert("scp".into(), json!(api.names.join(" ")));
    }
    if route.tenant.seed.kind != Kind::B2c {
        let secret = grant.platform == Platform::Web;
        claims.insert("azpacr".into(), json!(if secret { "1" } else { "0" }));
        claims.remove("nonce");
    }
    in_the_apis_version(&mut claims, route, &api.audience);
    sign(route, claims, &grant.edited)
}

/// An access token for a client itself, without a user.
pub(super) fn app_only_token(
    route: &Route,
    client: &str,
    audience: &str,
    roles: &[String],
) -> String {
    let lifetime = route.tenant.seed.lifetimes.access_token_secs;
    let mut claims = common(route, audience, lifetime);
    claims.insert("sub".into(), json!(client));
    claims.insert("azp".into(), json!(client));
    // B2C has no `roles`: application permissions come in `scp`.
    let (name, granted) = match route.tenant.seed.kind {
        Kind::B2c => ("scp", json!(roles.join(" "))),
        Kind::ExternalId | Kind::EntraId => {
            claims.insert("oid".into(), json!(client));
            claims.insert("tid".into(), json!(route.tenant.seed.id));
            claims.insert("azpacr".into(), json!("1"));
            ("roles", json!(roles))
        }
    };
    if !roles.is_empty() {
        claims.insert(name.into(), granted);
    }
    in_the_apis_version(&mut claims, route, audience);
    sign(route, claims, &Map::new())
}

/// An API of an Entra ID tenant may want version 1.0, whose audience is the application ID URI.
fn in_the_apis_version(claims: &mut Map<String, Value>, route: &Route, audience: &str) {
    let tenant = &route.tenant;
    let Some(api) = tenant.application(audience) else {
        return;
    };
    if tenant.wants_version_1(api) {
        to_version_1(claims);
        claims.insert("aud".into(), json!(tenant.audience_of(api)));
    }
}

fn common(route: &Route, audience: &str, lifetime: u64) -> Map<String, Value> {
    let tenant = &route.tenant;
    let now = seconds(tenant.now());
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("iss", json!(tenant.issuer_at(&route.base, &route.policy)));
    put("exp", json!(now + lifetime));
    put("nbf", json!(now));
    put("iat", json!(now));
    put("aud", json!(audience));
    match (tenant.seed.kind, tenant.seed.policy_claim) {
        (Kind::B2c, claim) => {
            put("ver", json!("1.0"));
            let policy = route.registered_policy();
            let name = policy.map(|policy| policy.name.as_str());
            match claim {
                PolicyClaim::Tfp => put("tfp", json!(name)),
                PolicyClaim::Acr => put("acr", json!(route.policy)),
            };
        }
        (Kind::ExternalId | Kind::EntraId, _) => {
            put("ver", json!("2.0"));
            put("uti", json!(random::guid()));
        }
    }
    claims
}

fn about(claims: &mut Map<String, Value>, route: &Route, grant: &Grant, user: &User) {
    let tenant = &route.tenant;
    claims.extend(user_claims(tenant, user, &grant.client));
    if tenant.seed.kind == Kind::EntraId {
        let issuer = tenant.entra_issuer(&route.base, tenant.home_of(user));
        claims.insert("iss".into(), json!(issuer));
    }
    if grant.new_user && tenant.seed.kind == Kind::B2c {
        claims.insert("newUser".into(), json!(true));
    }
    if let Some(nonce) = &grant.nonce {
        claims.insert("nonce".into(), json!(nonce));
    }
}

/// Edited claims come last; `null` removes a claim.
fn sign(route: &Route, mut claims: Map<String, Value>, edited: &Map<String, Value>) -> String {
    for (name, value) in edited {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
    let key = route
        .tenant
        .with_ring(&route.policy, |ring| ring.signing.clone())
        .expect("the requested tenant has the policy");
    TokenBuilder::of(key, claims).sign()
}

/// `c_hash` and `at_hash` (OpenID Connect Core §3.3.2.11).
pub(super) fn half_hash(value: &str) -> String {
    let digest = digest::digest(&digest::SHA256, value.as_bytes());
    let half = digest.as_ref().get(..16).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(half)
}
