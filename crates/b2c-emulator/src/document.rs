//! The metadata and key documents, with the faults that change them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    faults::Fault,
    keys::SigningKey,
    request::{PolicyEndpoint, Route},
    seed::{Kind, PolicyClaim},
};

pub(crate) fn metadata(route: &Route, fault: Option<&Fault>) -> String {
    let mut document = match route.tenant.seed.kind {
        Kind::B2c => b2c(route),
        Kind::ExternalId | Kind::EntraId => entra(route),
    };
    if route.tenant.strict_openid {
        document["code_challenge_methods_supported"] = json!(["S256"]);
        document["grant_types_supported"] =
            json!(["authorization_code", "refresh_token", "client_credentials"]);
    }
    match fault {
        Some(Fault::ForeignJwksUri(url)) => document["jwks_uri"] = json!(url),
        Some(Fault::ChangedIssuer(issuer)) => document["issuer"] = json!(issuer),
        _ => {}
    }
    document.to_string()
}

fn b2c(route: &Route) -> Value {
    let mut claims = vec![
        "name",
        "given_name",
        "family_name",
        "emails",
        "oid",
        "sub",
        "iss",
        "iat",
        "exp",
        "aud",
        "acr",
        "nonce",
        "auth_time",
    ];
    if route.tenant.seed.policy_claim == PolicyClaim::Tfp {
        claims.push("tfp");
    }
    json!({
        "issuer": route.issuer(),
        "authorization_endpoint": route.url(PolicyEndpoint::Authorize),
        "token_endpoint": route.url(PolicyEndpoint::Token),
        "end_session_endpoint": route.url(PolicyEndpoint::Logout),
        "jwks_uri": route.url(PolicyEndpoint::Keys),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "code id_token", "code token", "code id_token token", "id_token", "id_token token", "token", "token id_token"],
        "scopes_supported": ["openid"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": claims,
    })
}

fn entra(route: &Route) -> Value {
    json!({
        "token_endpoint": route.url(PolicyEndpoint::Token),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "jwks_uri": route.url(PolicyEndpoint::Keys),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": route.issuer(),
        "request_uri_parameter_supported": false,
        "authorization_endpoint": route.url(PolicyEndpoint::Authorize),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": route.url(PolicyEndpoint::Logout),
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email"],
        "tenant_region_scope": (!route.is_any_tenant()).then_some("EU"),
    })
}

pub(crate) fn key_set(
    route: &Route,
    published: &[SigningKey],
    fault: Option<&Fault>,
    request: usize,
) -> String {
    let jwk = |key: &SigningKey| {
        let mut jwk = match route.tenant.seed.kind {
            Kind::B2c => key.public_jwk(),
            Kind::ExternalId | Kind::EntraId => key.entra_jwk(&route.issuer()),
        };
        if route.tenant.strict_openid {
            jwk["alg"] = json!("RS256");
        }
        jwk
    };
    let good: Vec<Value> = published.iter().map(jwk).collect();
    let keys = match fault {
        Some(Fault::EmptyKeys) => Vec::new(),
        Some(Fault::DuplicateKid { same_material }) => duplicated(good, *same_material),
        Some(Fault::UseEnc) => changed(good, "use", "enc".into()),
        Some(Fault::EcBesideGood) => beside(ec_key(), good),
        Some(Fault::OctBesideGood) => beside(
            json!({ "kty": "oct", "kid": "secret", "k": URL_SAFE_NO_PAD.encode([7; 32]) }),
            good,
        ),
        Some(Fault::UnknownBesideGood) => beside(
            json!({ "kty": "LATTICE", "kid": "new", "q": [[{}]] }),
            beside(json!(17), good),
        ),
        Some(Fault::SmallKey) => good.into_iter().map(shortened).collect(),
        Some(Fault::ExponentOne) => changed(good, "e", "AQ".into()),
        Some(Fault::BrokenModulus) => changed(good, "n", "not base64!".into()),
        Some(Fault::PrivateMembers) => changed(good, "d", URL_SAFE_NO_PAD.encode([3; 256]).into()),
        Some(Fault::TooManyKeys) => good
            .iter()
            .cycle()
            .take(if good.is_empty() { 0 } else { MANY })
            .enumerate()
            .map(numbered)
            .collect(),
        Some(Fault::Subset(kids)) => good
            .into_iter()
            .filter(|key| kids.iter().any(|kid| key["kid"] == **kid))
            .collect(),
        Some(Fault::FlappingSubsets) => good
            .into_iter()
            .enumerate()
            .filter(|(at, _)| at % 2 == request % 2)
            .map(|(_, key)| key)
            .collect(),
        _ => good,
    };
    json!({ "keys": keys }).to_string()
}

fn changed(mut keys: Vec<Value>, member: &str, value: Value) -> Vec<Value> {
    for key in &mut keys {
        key[member] = value.clone();
    }
    keys
}

fn beside(other: Value, mut good: Vec<Value>) -> Vec<Value> {
    good.insert(0, other);
    good
}

fn duplicated(keys: Vec<Value>, same_material: bool) -> Vec<Value> {
    let mut again = keys.clone();
    if !same_material && let Ok(other) = SigningKey::generate() {
        again = changed(again, "n", other.public_jwk()["n"].clone());
    }
    keys.into_iter().chain(again).collect()
}

/// The same key with only the first 1024 bits of its modulus. Nobody signs with it, so its factors do not matter.
fn shortened(mut key: Value) -> Value {
    let modulus = key["n"]
        .as_str()
        .and_then(|n| URL_SAFE_NO_PAD.decode(n).ok())
        .unwrap_or_default();
    let mut short = modulus.get(..SMALL_BYTES).unwrap_or_default().to_vec();
    if let Some(last) = short.last_mut() {
        *last |= 1;
    }
    key["n"] = URL_SAFE_NO_PAD.encode(short).into();
    key
}

fn numbered((at, key): (usize, &Value)) -> Value {
    let mut key = key.clone();
    if at > 0 {
        key["kid"] = format!("{at}").into();
    }
    key
}

fn ec_key() -> Value {
    let coordinate = URL_SAFE_NO_PAD.encode([9; 32]);
    json!({ "kty": "EC", "crv": "P-256", "kid": "curve", "use": "sig", "x": coordinate, "y": coordinate })
}

/// More than any verifier should accept, in a document that is not too large.
const MANY: usize = 300;
const SMALL_BYTES: usize = 128;
