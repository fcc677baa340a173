//! The claims about a user.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::Tenant;
use crate::seed::{Kind, SubjectSetting, User};

/// The claims about a user in tokens for this client.
pub(crate) fn user_claims(tenant: &Tenant, user: &User, client: &str) -> Map<String, Value> {
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("oid", json!(user.object_id));
    put("sub", json!(subject(tenant, user, client)));
    put("name", json!(user.name));
    if let Some(name) = &user.given_name {
        put("given_name", json!(name));
    }
    if let Some(name) = &user.family_name {
        put("family_name", json!(name));
    }
    match tenant.seed.kind {
        Kind::B2c => {
            if !user.emails.is_empty() {
                put("emails", json!(user.emails));
            }
        }
        Kind::ExternalId | Kind::EntraId => {
            put("tid", json!(tenant.home_of(user)));
            if let Some(email) = user.email() {
                put("email", json!(email));
                put("preferred_username", json!(email));
            }
            if !user.roles.is_empty() {
                put("roles", json!(user.roles));
            }
        }
    }
    for (name, value) in &user.extensions {
        put(&format!("extension_{name}"), value.clone());
    }
    for (name, value) in &user.claims {
        put(name, value.clone());
    }
    claims
}

/// In B2C, the object id or, with [`SubjectSetting::NotSupported`], the placeholder. In External ID and Entra ID, a different value for each client.
fn subject(tenant: &Tenant, user: &User, client: &str) -> String {
    match (tenant.seed.kind, tenant.seed.subject) {
        (Kind::B2c, SubjectSetting::ObjectId) => user.object_id.clone(),
        (Kind::B2c, SubjectSetting::NotSupported) => {
            "Not supported currently. Use oid claim.".to_owned()
        }
        (Kind::ExternalId | Kind::EntraId, _) => {
            let pair = format!("{client} {}", user.object_id);
            URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, pair.as_bytes()))
        }
    }
}

/// The claims of version 2.0 ─▶ [those of version 1.0](https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
pub(crate) fn to_version_1(claims: &mut Map<String, Value>) {
    let tenant = claims.get("tid").and_then(Value::as_str);
    let issuer = format!("https://sts.windows.net/{}/", tenant.unwrap_or_default());
    claims.insert("iss".into(), json!(issuer));
    claims.insert("ver".into(), json!("1.0"));
    for (old, new) in [
        ("azp", "appid"),
        ("azpacr", "appidacr"),
        ("preferred_username", "unique_name"),
    ] {
        if let Some(value) = claims.remove(old) {
            claims.insert(new.into(), value);
        }
    }
}
