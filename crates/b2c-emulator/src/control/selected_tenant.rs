//! `?tenant=<name>`.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Query},
    http::{StatusCode, request::Parts},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::refused::Refused;
use crate::{request::Site, tenants::Tenant};

/// The tenant that a control request names, or 404 if there is none.
pub(super) struct SelectedTenant(pub(super) Arc<Tenant>);

#[derive(Deserialize)]
struct TenantQuery {
    tenant: Option<String>,
}

impl FromRequestParts<Arc<Site>> for SelectedTenant {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Response> {
        let query: Query<TenantQuery> =
            Query::try_from_uri(&parts.uri).map_err(|_| StatusCode::BAD_REQUEST.into_response())?;
        let name = query.tenant.as_deref();
        let tenant = site.tenant(name).map(Self);
        tenant.ok_or_else(|| Refused::tenant(name.unwrap_or_default(), site).into_response())
    }
}
