//! Issuers ─▶ the tenants that they name.

mod any_tenant;
mod microsoft_hosts;
mod tenant_id;

pub use self::{any_tenant::AnyTenant, microsoft_hosts::MicrosoftHosts, tenant_id::TenantId};
