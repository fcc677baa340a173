use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, Uri},
};
use serde_json::{Value, json};

use super::{mint::TokenRequest, refused::Refused, selected_tenant::SelectedTenant};
use crate::request::Site;

pub(super) async fn token(
    State(site): State<Arc<Site>>,
    uri: Uri,
    headers: HeaderMap,
    SelectedTenant(tenant): SelectedTenant,
    Json(request): Json<TokenRequest>,
) -> Result<Json<Value>, Refused> {
    let base = site.base_of(&uri, &headers).unwrap_or_default();
    let token = request.mint(&tenant, &base)?;
    Ok(Json(
        json!({ "access_token": token, "token_type": "Bearer" }),
    ))
}
