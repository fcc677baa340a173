//! An issuer that no authority has ─▶ the authorities that accept any tenant.
//!
//! 1. An authority that has the issuer comes first; those that accept any tenant are then not asked.
//! 2. The issuer must be one that a template covers, for a well-formed tenant id ([`AnyTenant`]).
//! 3. If another authority has any issuer of that tenant, or the operator has listed one, the authorities that accept any tenant do not accept its tokens.
//!
//! Nothing is stored for a tenant that a token names, so made-up tenants cost no memory.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use b2c_verify::AnyTenant;

use crate::{
    authority::Authority,
    issuer::{Issuer, IssuerEntries},
};

/// The authorities that accept any tenant, each with a single [`Issuer`] that stands for all its issuers.
///
/// There are few of them, all from the settings. The list changes only while the register is locked.
#[derive(Default)]
pub(super) struct AnyTenants(ArcSwapOption<IssuerEntries>);

impl AnyTenants {
    /// All of them. They may have been replaced by the time the caller uses them, as with any [`Issuer`].
    pub(super) fn all(&self) -> Option<Arc<IssuerEntries>> {
        self.0.load_full()
    }

    /// Whether this is an issuer of a tenant that any of them accepts.
    pub(super) fn cover(&self, issuer: &str) -> bool {
        let all = self.0.load();
        let mut covering = all.iter().flat_map(|all| of(all));
        covering.any(|any| any.tenant_of(issuer).is_some())
    }

    pub(super) fn add(&self, authority: &Arc<Authority>) {
        self.change(|all| {
            all.push(Arc::clone(authority));
            all.sort_by_key(|authority| authority.position);
        });
    }

    pub(super) fn remove(&self, authority: &Arc<Authority>) {
        self.change(|all| all.retain(|known| !Arc::ptr_eq(known, authority)));
    }

    /// Makes sure that tokens which they have verified are judged again, because another authority has got an issuer that they cover.
    pub(super) fn judge_again(&self) {
        self.change(|_| {});
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Arc<Authority>>)) {
        let before = self.all().unwrap_or_default();
        let mut all = before.iter().map(|it| Arc::clone(&it.authority)).collect();
        change(&mut all);
        let issuer = |authority| Arc::new(Issuer::new(authority, Duration::MAX, None));
        let after: IssuerEntries = all.into_iter().map(issuer).collect();
        self.0.store((!after.is_empty()).then(|| Arc::new(after)));
        before.iter().for_each(|before| before.replace());
    }
}

/// The tenants that these authorities accept.
pub(super) fn of(all: &IssuerEntries) -> impl Iterator<Item = &AnyTenant> {
    all.iter().filter_map(|it| it.rules.accepted_tenants())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{decision::issuers::Issuers, test_tokens};

    const TEMPLATE: &str = "https://login.example/{tenantid}/v2.0";

    fn issuer(number: u32) -> String {
        let id = format!("{number:08x}-0000-cccc-1111-dddd2222eeee");
        TEMPLATE.replace("{tenantid}", &id)
    }

    #[test]
    fn unknown_tenants_named_by_tokens_use_no_memory() {
        let context = test_tokens::context();
        let of = test_tokens::authority(&context);
        let any = Arc::new(Authority {
            rules: of
                .rules
                .clone()
                .any_tenant(AnyTenant::new([TEMPLATE]).unwrap()),
            ..of
        });
        let issuers = Issuers::new(vec![Arc::clone(&any)], &[], &[], &context);
        let first = issuers.of_any_tenant(&issuer(0)).unwrap();
        for number in 1..1000 {
            let other = issuers.of_any_tenant(&issuer(number)).unwrap();
            assert!(Arc::ptr_eq(&first, &other));
        }
        assert!(issuers.known().is_empty());
        assert!(issuers.of_any_tenant(TEMPLATE).is_none());
        assert!(issuers.of_any_tenant("https://login.example/").is_none());

        let one = Authority {
            position: any.position.next(),
            name: "one".into(),
            assigned_issuers: [issuer(7).into()].into(),
            ..test_tokens::authority(&context)
        };
        issuers.add(Arc::new(one));
        assert!(first[0].is_replaced() && issuers.of_any_tenant(&issuer(7)).is_none());
        let second = issuers.of_any_tenant(&issuer(0)).unwrap();
        issuers.remove("one").unwrap();
        assert!(issuers.of_any_tenant(&issuer(7)).is_some());
        issuers.remove(&any.name).unwrap();
        assert!(second[0].is_replaced() && issuers.of_any_tenant(&issuer(0)).is_none());
    }
}
