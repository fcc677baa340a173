use axum::{Json, extract::Path, http::StatusCode};

use super::chosen::Chosen;
use crate::{seed::User, tenant_handle::TenantHandle};

pub(super) async fn list(Chosen(tenant): Chosen) -> Json<Vec<User>> {
    Json(TenantHandle::new(&tenant).users())
}

pub(super) async fn put(Chosen(tenant): Chosen, Json(user): Json<User>) -> StatusCode {
    TenantHandle::new(&tenant).put_user(user);
    StatusCode::NO_CONTENT
}

pub(super) async fn remove(Chosen(tenant): Chosen, Path(id): Path<String>) -> StatusCode {
    TenantHandle::new(&tenant).remove_user(&id);
    StatusCode::NO_CONTENT
}
