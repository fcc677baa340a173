use axum::{Json, http::StatusCode};
use serde_json::{Value, json};

use super::{chosen::Chosen, mint::TokenOrder};

pub(super) async fn token(
    Chosen(tenant): Chosen,
    Json(order): Json<TokenOrder>,
) -> Result<Json<Value>, StatusCode> {
    let token = order.mint(&tenant).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(
        json!({ "access_token": token, "token_type": "Bearer" }),
    ))
}
