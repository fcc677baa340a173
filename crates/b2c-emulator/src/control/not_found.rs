//! Answers for names that do not exist.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{request::Site, tenants::Tenant};

/// 404, with what exists instead.
pub(super) struct NotFound(String);

impl NotFound {
    pub(super) fn tenant(name: &str, site: &Site) -> Self {
        let names = site.tenants.iter().map(|tenant| &*tenant.seed.name);
        Self(format!("there is no tenant {name}, only {}", listed(names)))
    }

    pub(super) fn policy(name: &str, tenant: &Tenant) -> Self {
        let Tenant { seed, .. } = tenant;
        let names = seed.policies.iter().map(|policy| &*policy.name);
        Self(match seed.policies.is_empty() {
            true => format!("the tenant {} has no policies", seed.name),
            false => format!(
                "the tenant {} has no policy {name}, only {}",
                seed.name,
                listed(names)
            ),
        })
    }
}

impl IntoResponse for NotFound {
    fn into_response(self) -> Response {
        (StatusCode::NOT_FOUND, Json(json!({ "error": self.0 }))).into_response()
    }
}

fn listed<'n>(mut names: impl Iterator<Item = &'n str>) -> String {
    let first: Vec<_> = names.by_ref().take(MAX_LISTED).collect();
    match names.count() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// As many names as can be read at a glance.
const MAX_LISTED: usize = 20;
