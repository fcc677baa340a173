//! What exists, for messages about a name that does not.

use super::Tenant;

/// That the tenant has no policy of this name, and which ones it has.
pub(crate) fn no_policy(tenant: &Tenant, name: &str) -> String {
    let seed = &tenant.seed;
    let names = seed.policies.iter().map(|policy| &*policy.name);
    match seed.policies.is_empty() {
        true => format!("the tenant {} has no policies", seed.name),
        false => format!(
            "the tenant {} has no policy {name}, only {}",
            seed.name,
            listed(names)
        ),
    }
}

pub(crate) fn listed<'n>(mut names: impl Iterator<Item = &'n str>) -> String {
    let first: Vec<_> = names.by_ref().take(MAX_LISTED).collect();
    match names.count() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// As many names as can be read at a glance.
const MAX_LISTED: usize = 20;
