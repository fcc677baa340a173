//! Answers to requests that cannot be fulfilled.

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

/// 404 for a name that does not exist, with what exists instead, or 422 for a value that cannot be used.
pub(super) struct Refused {
    status: StatusCode,
    text: String,
}

impl Refused {
    pub(super) fn key(kid: &str, tenant: &Tenant) -> Self {
        let name = &tenant.seed.name;
        let kids = tenant.published_kids();
        Self::not_found(match kids.is_empty() {
            true => format!("the tenant {name} publishes no keys"),
            false => format!(
                "the tenant {name} publishes no key {kid}, only {}",
                listed(kids.iter().map(String::as_str))
            ),
        })
    }

    pub(super) fn unusable(text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            text: text.into(),
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    fn not_found(text: String) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            text,
        }
    }

    pub(super) fn tenant(name: &str, site: &Site) -> Self {
        let names = site.tenants.iter().map(|tenant| &*tenant.seed.name);
        Self::not_found(format!("there is no tenant {name}, only {}", listed(names)))
    }

    pub(super) fn policy(name: &str, tenant: &Tenant) -> Self {
        Self::not_found(no_policy(tenant, name))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.text }))).into_response()
    }
}
