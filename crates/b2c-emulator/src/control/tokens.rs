use axum::{Json, http::StatusCode};
use serde_json::{Value, json};

use super::{mint::TokenRequest, selected_tenant::SelectedTenant};

pub(super) async fn token(
    SelectedTenant(tenant): SelectedTenant,
    Json(request): Json<TokenRequest>,
) -> Result<Json<Value>, StatusCode> {
    let token = request.mint(&tenant).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(
        json!({ "access_token": token, "token_type": "Bearer" }),
    ))
}
