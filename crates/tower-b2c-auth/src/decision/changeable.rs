//! Tenant ─▶ the authorities whose metadata may name B2C's other issuer by now.
//!
//! A B2C policy issues tokens as `<origin>/<id>/v2.0/` or as `<origin>/tfp/<id>/<policy>/v2.0/`, and an administrator can choose the other at any time. A
//! token with the other issuer is found here by the tenant id, which both contain. Whether the metadata really names it now, only a fetch can tell.

use std::sync::Arc;

use b2c_verify::TenantId;
use foldhash::fast::RandomState;

use crate::authority::Authority;

/// The authorities whose metadata may name B2C's other issuer by now, by the tenant in the issuer that it named last.
///
/// It leaves out authorities whose issuer is known without their metadata: such an issuer cannot change.
#[derive(Default)]
pub(super) struct Changeable(papaya::HashMap<TenantId, Arc<[Arc<Authority>]>, RandomState>);

impl Changeable {
    /// The authorities of the tenant that this issuer names.
    pub(super) fn of_the_same_tenant(&self, issuer: &str) -> Option<Arc<[Arc<Authority>]>> {
        if self.0.is_empty() {
            return None;
        }
        let tenant = TenantId::of_issuer(issuer)?;
        self.0.pin().get(&tenant).cloned()
    }

    /// Moves an authority from one tenant to another. `None` means that no tenant leads to it.
    pub(super) fn set(
        &self,
        authority: &Arc<Authority>,
        before: Option<TenantId>,
        after: Option<TenantId>,
    ) {
        if before == after {
            return;
        }
        let tenants = self.0.pin();
        for tenant in before.into_iter().chain(after) {
            let known = tenants.get(&tenant).map(|known| known.to_vec());
            let mut known = known.unwrap_or_default();
            known.retain(|known| !Arc::ptr_eq(known, authority));
            if after == Some(tenant) {
                known.push(Arc::clone(authority));
            }
            if known.is_empty() {
                tenants.remove(&tenant);
            } else {
                tenants.insert(tenant, known.into());
            }
        }
    }
}
