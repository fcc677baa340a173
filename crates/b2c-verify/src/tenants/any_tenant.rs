//! Issuer ─▶ the tenant that it names, where any tenant is accepted.

use std::fmt;

use super::TenantId;

/// Every tenant whose issuer fits one of the templates, except those [left out](Self::without). For
/// [`TokenRules::any_tenant`](crate::TokenRules::any_tenant).
///
/// The issuer of an Entra ID tenant contains the tenant's id. Instead of an issuer, the metadata of `organizations` and `common` names a template, with
/// `{tenantid}` where the id belongs.
///
/// ```
/// use b2c_verify::{AnyTenant, TenantId};
///
/// let any = AnyTenant::new(["https://login.microsoftonline.com/{tenantid}/v2.0", "https://sts.windows.net/{tenantid}/"]).ok_or("templates")?;
/// let tenant = any.tenant_of("https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/").ok_or("an issuer")?;
/// assert_eq!(any.issuers_of(tenant).next().as_deref(), Some("https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0"));
///
/// // Neither the template itself nor an issuer of another cloud names a tenant of this one.
/// assert_eq!(any.tenant_of("https://login.microsoftonline.com/{tenantid}/v2.0"), None);
/// assert_eq!(any.tenant_of("https://login.microsoftonline.us/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0"), None);
/// assert_eq!(any.without(tenant).tenant_of("https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/"), None);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyTenant {
    templates: Vec<Template>,
    without: Vec<TenantId>,
}

/// An issuer in two parts: what comes before the tenant's id, and what comes after it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Template {
    before: Box<str>,
    after: Box<str>,
}

impl AnyTenant {
    /// The tenants whose issuers fit one of these templates. `None` if a text does not contain `{tenantid}` exactly once.
    #[must_use]
    pub fn new<'a>(templates: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let templates = templates.into_iter().map(Template::parse);
        Some(Self {
            templates: templates.collect::<Option<_>>()?,
            without: Vec::new(),
        })
    }

    /// Leaves out this tenant.
    #[must_use]
    pub fn without(mut self, tenant: TenantId) -> Self {
        self.without.push(tenant);
        self
    }

    /// The tenant that `issuer` names, if `issuer` is a template with a GUID in lower case in place of `{tenantid}` and the tenant is not [left
    /// out](Self::without).
    #[must_use]
    pub fn tenant_of(&self, issuer: &str) -> Option<TenantId> {
        let tenant = self.named_by(issuer)?;
        (!self.without.contains(&tenant)).then_some(tenant)
    }

    /// The issuers of this tenant, in the order of the templates.
    pub fn issuers_of(&self, tenant: TenantId) -> impl Iterator<Item = String> {
        let templates = self.templates.iter();
        templates.map(move |template| template.with(tenant))
    }

    /// The templates, in order.
    pub fn templates(&self) -> impl Iterator<Item = String> {
        self.templates
            .iter()
            .map(|template| template.with(TENANT_ID))
    }

    /// Whether a key may sign for this tenant, by the `issuer` in its JWK: that must be a template, or an issuer of the tenant. A key without `issuer` may
    /// sign for every tenant.
    pub(crate) fn allows_key(&self, issuer: Option<&str>, tenant: TenantId) -> bool {
        issuer.is_none_or(|issuer| {
            let mut templates = self.templates.iter();
            templates.any(|template| template.is(issuer)) || self.named_by(issuer) == Some(tenant)
        })
    }

    fn named_by(&self, issuer: &str) -> Option<TenantId> {
        let mut templates = self.templates.iter();
        templates.find_map(|template| TenantId::of_lower_case(template.id_in(issuer)?))
    }
}

impl Template {
    fn parse(text: &str) -> Option<Self> {
        let (before, after) = text.split_once(TENANT_ID)?;
        (!after.contains(TENANT_ID)).then(|| Self {
            before: before.into(),
            after: after.into(),
        })
    }

    fn with(&self, id: impl fmt::Display) -> String {
        format!("{}{id}{}", self.before, self.after)
    }

    fn is(&self, text: &str) -> bool {
        self.id_in(text) == Some(TENANT_ID)
    }

    fn id_in<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.strip_prefix(&*self.before)?.strip_suffix(&*self.after)
    }
}

/// What Microsoft writes in place of a tenant's id.
const TENANT_ID: &str = "{tenantid}";

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
    const OTHER: &str = "bbbbcccc-1111-dddd-2222-eeee3333ffff";
    const V2: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";
    const V1: &str = "https://sts.windows.net/{tenantid}/";

    fn with(template: &str, id: &str) -> String {
        template.replace("{tenantid}", id)
    }

    #[test]
    fn an_issuer_names_a_tenant_by_its_id_in_lower_case_and_nothing_else() {
        let any = AnyTenant::new([V2, V1]).unwrap();
        let tenant = TenantId::parse(ID);
        assert_eq!(any.tenant_of(&with(V2, ID)), tenant);
        assert_eq!(any.tenant_of(&with(V1, ID)), tenant);
        for id in [
            "",
            "{tenantid}",
            "organizations",
            "contoso.onmicrosoft.com",
            "aaaabbbb0000cccc1111dddd2222eeee",
            &ID.to_uppercase(),
            &ID[1..],
            &format!("{ID}0"),
            &format!("{ID}/"),
            &format!("{ID}/v2.0/{ID}"),
            &format!("%61{}", &ID[1..]),
            &format!("x/{ID}"),
        ] {
            for template in [V2, V1] {
                assert_eq!(any.tenant_of(&with(template, id)), None, "{id}");
            }
        }
        for issuer in [
            with(V2, ID) + "/",
            with(V2, ID).to_uppercase(),
            with(V2, ID).replace("https", "http"),
            with(V2, ID).replace(".com", ".us"),
            format!("https://evil.example/{}", with(V2, ID)),
            with(V1, ID).trim_end_matches('/').to_owned(),
            format!("https://sts.windows.net/{ID}/v2.0"),
            "https://login.microsoftonline.com//v2.0".to_owned(),
            "https://login.microsoftonline.com/v2.0".to_owned(),
        ] {
            assert_eq!(any.tenant_of(&issuer), None, "{issuer}");
        }
    }

    #[test]
    fn a_template_has_one_place_for_the_id() {
        for bad in [
            with(V2, ID),
            V2.replace("tenantid", "tenantId"),
            format!("{V2}{V2}"),
        ] {
            assert_eq!(AnyTenant::new([V1, &bad]), None, "{bad}");
        }
        let any = AnyTenant::new([V2, V1]).unwrap();
        assert!(any.templates().eq([V2, V1]));
        let issuers = any.issuers_of(TenantId::parse(ID).unwrap());
        assert!(issuers.eq([with(V2, ID), with(V1, ID)]));
    }

    #[test]
    fn a_key_signs_for_the_tenant_that_it_names_for_every_tenant_or_for_nobody() {
        let any = AnyTenant::new([V2, V1]).unwrap();
        let tenant = TenantId::parse(ID).unwrap();
        let allows = |issuer: Option<&str>| any.allows_key(issuer, tenant);
        assert!(allows(None) && allows(Some(V2)) && allows(Some(V1)));
        // A key is not bound to one version of tokens.
        assert!(allows(Some(&with(V2, ID))) && allows(Some(&with(V1, ID))));
        for foreign in [
            with(V2, OTHER),
            with(V1, OTHER),
            V2.replace(".com", ".us"),
            with(V2, "{TenantId}"),
            with(V2, &ID.to_uppercase()),
            String::new(),
        ] {
            assert!(!allows(Some(&foreign)), "{foreign}");
        }
    }
}
