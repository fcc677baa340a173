//! Answers for names that do not exist.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    request::Site,
    tenants::{Tenant, listed, no_policy},
};

/// 404, with what exists instead.
pub(super) struct NotFound(String);

impl NotFound {
    pub(super) fn tenant(name: &str, site: &Site) -> Self {
        let names = site.tenants.iter().map(|tenant| &*tenant.seed.name);
        Self(format!("there is no tenant {name}, only {}", listed(names)))
    }

    pub(super) fn policy(name: &str, tenant: &Tenant) -> Self {
        Self(no_policy(tenant, name))
    }
}

impl IntoResponse for NotFound {
    fn into_response(self) -> Response {
        (StatusCode::NOT_FOUND, Json(json!({ "error": self.0 }))).into_response()
    }
}
