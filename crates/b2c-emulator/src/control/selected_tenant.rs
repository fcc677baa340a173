//! `?tenant=<name>`.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Query},
    http::{StatusCode, request::Parts},
};
use serde::Deserialize;

use crate::{request::Site, tenants::Tenant};

/// The tenant that a control request names, or 404 if there is none.
pub(super) struct SelectedTenant(pub(super) Arc<Tenant>);

#[derive(Deserialize)]
struct TenantQuery {
    tenant: Option<String>,
}

impl FromRequestParts<Arc<Site>> for SelectedTenant {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, StatusCode> {
        let query: Query<TenantQuery> =
            Query::try_from_uri(&parts.uri).map_err(|_| StatusCode::BAD_REQUEST)?;
        let tenant = site.tenant(query.tenant.as_deref());
        tenant.map(Self).ok_or(StatusCode::NOT_FOUND)
    }
}
