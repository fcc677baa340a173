use axum::{Json, extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{refused::Refused, selected_tenant::SelectedTenant};
use crate::{
    keys::{KeyRing, SigningKey},
    tenants::Tenant,
};

pub(super) async fn rotate(
    SelectedTenant(tenant): SelectedTenant,
) -> Result<Json<Value>, StatusCode> {
    let key = tenant.rotate();
    let key = key.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Json(json!({ "kid": key.kid() })))
}

/// By policy. The only entry of a tenant without policies has an empty name.
pub(super) async fn list(SelectedTenant(tenant): SelectedTenant) -> Json<Value> {
    Json(Value::Object(described(&tenant)))
}

pub(super) fn described(tenant: &Tenant) -> Map<String, Value> {
    let policies: Vec<String> = tenant.state().rings.keys().cloned().collect();
    let ring = |ring: &mut KeyRing| {
        let published: Vec<&str> = ring.published.iter().map(|key| key.kid()).collect();
        json!({ "published": published, "signing": ring.signing.kid() })
    };
    policies
        .into_iter()
        .filter_map(|policy| {
            let described = tenant.with_ring(&policy, ring)?;
            Some((policy, described))
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyRequest {
    publish: bool,
    sign: bool,
    /// A private key, PKCS #8 in PEM. The default is a new key.
    pem: Option<String>,
    /// Replaces the key's own id.
    kid: Option<String>,
    /// The only issuer that the key is published for.
    issuer: Option<String>,
}

pub(super) async fn make(
    SelectedTenant(tenant): SelectedTenant,
    Json(request): Json<KeyRequest>,
) -> Result<Json<Value>, StatusCode> {
    let key = match &request.pem {
        Some(pem) => SigningKey::from_pem(pem).map_err(|_| StatusCode::BAD_REQUEST)?,
        None => tenant
            .new_key()
            .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?,
    };
    let key = request.kid.map_or(key.clone(), |kid| key.with_kid(kid));
    let key = request
        .issuer
        .map_or(key.clone(), |issuer| key.with_issuer(issuer));
    tenant.for_each_ring(|ring| {
        if request.publish {
            ring.published.push(key.clone());
        }
        if request.sign {
            ring.signing = key.clone();
        }
    });
    Ok(Json(json!({ "kid": key.kid() })))
}

pub(super) async fn sign(
    SelectedTenant(tenant): SelectedTenant,
    Path(kid): Path<String>,
) -> Result<StatusCode, Refused> {
    if !tenant.published_kids().contains(&kid) {
        return Err(Refused::key(&kid, &tenant));
    }
    tenant.for_each_ring(|ring| {
        if let Some(key) = ring.published.iter().find(|key| key.kid() == kid) {
            ring.signing = key.clone();
        }
    });
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn withdraw(
    SelectedTenant(tenant): SelectedTenant,
    Path(kid): Path<String>,
) -> StatusCode {
    tenant.for_each_ring(|ring| ring.published.retain(|key| key.kid() != kid));
    StatusCode::NO_CONTENT
}
