//! Checks authorities that accept the tokens of any tenant.

use b2c_verify::{AnyTenant, TenantId};

use super::{AuthorityConfig, names::tenant_id};
use crate::{
    keys::IssuerRule,
    settings::{AuthoritySettings, Family, Mistakes, Settings},
};

impl AuthoritySettings {
    /// The tenants that it accepts, if it accepts any tenant.
    pub(super) fn any_tenant(&self) -> Option<AnyTenant> {
        if !self.danger_accept_any_tenant || self.family != Family::EntraId {
            return None;
        }
        let templates = self.entra_issuers("{tenantid}");
        let all = AnyTenant::new(templates.iter().map(String::as_str))?;
        match self.tenant_id.as_deref() {
            Some(COMMON) => Some(all),
            _ => Some(all.without(TenantId::parse(PERSONAL_ACCOUNTS)?)),
        }
    }

    /// Reports settings that contradict accepting any tenant.
    pub(super) fn check_any_tenant(&self, field: &str, mistakes: &mut Mistakes) {
        if !self.danger_accept_any_tenant {
            return;
        }
        if self.family != Family::EntraId {
            let remedy =
                "works only with family = \"entra_id\", whose tenants share their keys; remove it";
            mistakes.add(format!("{field}.danger_accept_any_tenant"), true, remedy);
        }
        let others = self.issuers.iter().map(|issuer| ("issuers", issuer));
        let other = self.metadata_issuer.iter();
        let others = others.chain(other.map(|issuer| ("metadata_issuer", issuer)));
        for (name, issuer) in others {
            let remedy = "contradicts danger_accept_any_tenant, which accepts issuers by a template and not by name; give this issuer an authority of its own";
            mistakes.add(format!("{field}.{name}"), issuer, remedy);
        }
        if self.legacy {
            let remedy = "contradicts danger_accept_any_tenant, because a migration can retire only issuers whose names are known; give each tenant to be retired an authority of its own, and set legacy there";
            mistakes.add(format!("{field}.legacy"), true, remedy);
        }
        if self.danger_accept_any_audience && self.clients.is_empty() {
            let remedy = "accepts every access token of Entra ID if danger_accept_any_tenant is set too, whichever client and API it was issued for; remove it and set audiences, or set clients";
            mistakes.add(format!("{field}.danger_accept_any_audience"), true, remedy);
        }
    }
}

impl Settings {
    /// Limits how many such authorities there are, and which others there may be alongside them.
    pub(super) fn check_any_tenants(
        &self,
        authorities: &[AuthorityConfig],
        mistakes: &mut Mistakes,
    ) {
        let any = authorities
            .iter()
            .filter_map(|one| one.rules.accepted_tenants());
        let any: Vec<_> = any.collect();
        if any.is_empty() {
            return;
        }
        let mut count = 0_usize;
        for (at, authority) in authorities.iter().enumerate() {
            let field = || format!("authorities[{at}]");
            if authority.rules.accepted_tenants().is_some() {
                count += 1;
                if count > MAX_ANY_TENANT {
                    mistakes.add(field(), &authority.name, TOO_MANY);
                }
            } else if authority.may_take_from(any.iter().copied()) {
                mistakes.add(field(), &authority.name, NAME_THE_ISSUER);
            }
        }
    }
}

impl AuthorityConfig {
    /// Whether it could turn out, once its metadata is fetched, that a tenant belongs to this authority and not to those that accept any.
    pub(super) fn may_take_from<'a>(&self, any: impl IntoIterator<Item = &'a AnyTenant>) -> bool {
        let Some(metadata) = self.metadata.as_ref().filter(|_| !self.has_exact_issuers) else {
            return false;
        };
        let rule = IssuerRule::new(metadata.url.clone(), [].into());
        // What holds for the issuers of one tenant holds for those of every other.
        let Some(example) = TenantId::parse(PERSONAL_ACCOUNTS) else {
            return false;
        };
        any.into_iter()
            .flat_map(|any| any.issuers_of(example))
            .any(|issuer| rule.allows(&issuer))
    }
}

/// The `tenant_id` of an Entra ID authority: what its metadata URL contains.
pub(super) fn tenants_name(id: &str, any_tenant: bool) -> Result<&str, &'static str> {
    match (id, any_tenant) {
        (ORGANIZATIONS | COMMON, true) => Ok(id),
        (ORGANIZATIONS | COMMON, false) => Err(
            "stands for every tenant in the world; name each tenant by its id, or set danger_accept_any_tenant",
        ),
        (_, true) => Err(
            "contradicts danger_accept_any_tenant; write \"organizations\", or \"common\" to accept personal accounts too, or remove danger_accept_any_tenant",
        ),
        (_, false) => tenant_id(id),
    }
}

const ORGANIZATIONS: &str = "organizations";
const COMMON: &str = "common";

/// The tenant of personal Microsoft accounts (<https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference>).
const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// More than there are combinations of a cloud with `organizations` or `common`. Each such authority judges every token of a tenant that the settings do
/// not name.
const MAX_ANY_TENANT: usize = 16;

const TOO_MANY: &str = "is one of more than 16 authorities that accept any tenant, and each of them would judge the tokens of every tenant; give one of them several audiences instead";
pub(super) const NAME_THE_ISSUER: &str = "is at a host of Entra ID and its issuer is not known before its metadata is fetched; until then, another authority with danger_accept_any_tenant would accept its tenant's tokens. Set metadata_issuer, or use family = \"entra_id\"";
