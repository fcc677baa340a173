use axum::Json;
use serde_json::{Value, json};

use super::{mint::TokenRequest, not_found::NotFound, selected_tenant::SelectedTenant};

pub(super) async fn token(
    SelectedTenant(tenant): SelectedTenant,
    Json(request): Json<TokenRequest>,
) -> Result<Json<Value>, NotFound> {
    let policy = request.policy.clone().unwrap_or_default();
    let token = request.mint(&tenant);
    let token = token.ok_or_else(|| NotFound::policy(&policy, &tenant))?;
    Ok(Json(
        json!({ "access_token": token, "token_type": "Bearer" }),
    ))
}
