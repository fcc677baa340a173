use axum::{Json, extract::Path, http::StatusCode};

use super::selected_tenant::SelectedTenant;
use crate::{
    seed::{SeedError, User},
    tenants::TenantHandle,
};

pub(super) async fn list(SelectedTenant(tenant): SelectedTenant) -> Json<Vec<User>> {
    Json(TenantHandle::new(&tenant).users())
}

pub(super) async fn put(
    SelectedTenant(tenant): SelectedTenant,
    Json(user): Json<User>,
) -> Result<StatusCode, (StatusCode, String)> {
    let refused = |error: SeedError| (StatusCode::UNPROCESSABLE_ENTITY, error.to_string());
    user.check(tenant.seed.kind).map_err(refused)?;
    TenantHandle::new(&tenant).put_user(user);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove(
    SelectedTenant(tenant): SelectedTenant,
    Path(id): Path<String>,
) -> StatusCode {
    TenantHandle::new(&tenant).remove_user(&id);
    StatusCode::NO_CONTENT
}
