//! Which issuers an authority may have.

use std::sync::Arc;

use b2c_verify::{MicrosoftHosts, TenantId};

use crate::urls::{HttpUrl, is_issuer_template};

/// The one rule for an authority's own issuer. It is applied to fetched metadata, to swapped settings and to a restored snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IssuerRule {
    metadata_url: Arc<HttpUrl>,
    /// The issuers that the operator assigned to this authority, and those that follow from the settings.
    assigned: Arc<[Arc<str>]>,
    extent: Extent,
}

/// Which issuers metadata may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// The assigned ones, and those that fit its URL.
    Fitting,
    /// The assigned ones.
    Assigned,
    /// The assigned templates, each of which stands for every tenant.
    Templates,
}

impl IssuerRule {
    pub(crate) fn new(metadata_url: Arc<HttpUrl>, assigned: Arc<[Arc<str>]>) -> Self {
        Self {
            metadata_url,
            assigned,
            extent: Extent::Fitting,
        }
    }

    /// For an authority that accepts any tenant: its metadata must name one of these templates.
    pub(crate) fn of_templates(metadata_url: Arc<HttpUrl>, templates: Arc<[Arc<str>]>) -> Self {
        Self {
            extent: Extent::Templates,
            ..Self::new(metadata_url, templates)
        }
    }

    /// For an authority whose issuers are known before its metadata: the metadata must name one of them.
    pub(crate) fn exact(self) -> Self {
        Self {
            extent: Extent::Assigned,
            ..self
        }
    }

    pub(crate) fn is_exact(&self) -> bool {
        self.extent != Extent::Fitting
    }

    /// Whether the metadata must name a template, because it stands for every tenant.
    pub(super) fn is_of_templates(&self) -> bool {
        self.extent == Extent::Templates
    }

    pub(crate) fn metadata_url(&self) -> &HttpUrl {
        &self.metadata_url
    }

    /// Whether the metadata may name this issuer: the operator assigned it, or it fits the URL the metadata came from.
    pub(crate) fn allows(&self, issuer: &str) -> bool {
        is_issuer_template(issuer) == self.is_of_templates()
            && (self.is_assigned(issuer) || self.fits(issuer))
    }

    /// Whether the metadata may name this issuer after it named `before`: the operator assigned it, or it has the same tenant id.
    pub(super) fn allows_change(&self, before: &str, issuer: &str) -> bool {
        let tenant = TenantId::of_issuer(before);
        let is_same_tenant = tenant.is_some() && tenant == TenantId::of_issuer(issuer);
        self.allows(issuer) && (self.is_assigned(issuer) || is_same_tenant)
    }

    /// Whether the metadata, which named `before`, could name this issuer now, because a B2C administrator can choose between two issuers. True for `before`
    /// itself, and for either of the two with the origin and the policy of the metadata.
    pub(crate) fn may_have_changed(&self, before: &str, issuer: &str) -> bool {
        before == issuer
            || (self.is_b2c_issuer_of_policy(before, issuer) && self.allows_change(before, issuer))
    }

    /// Whether `issuer` is one of the two that B2C has for this policy and the tenant of `before`: `<origin>/<tenant id>/v2.0/` and `<origin>/tfp/<tenant
    /// id>/<policy>/v2.0/`. The issuers are compared as text, so only B2C's own spellings match, and not the others, which anybody can send.
    fn is_b2c_issuer_of_policy(&self, before: &str, issuer: &str) -> bool {
        let path = issuer.strip_prefix(self.metadata_url.origin());
        let path = path.and_then(|path| path.strip_prefix('/')?.strip_suffix("/v2.0/"));
        let id = path.and_then(|path| match path.strip_prefix("tfp/") {
            None => Some(path),
            Some(rest) => {
                let (id, policy) = rest.split_once('/')?;
                self.is_for_policy(policy).then_some(id)
            }
        });
        id.is_some_and(|id| before.split('/').any(|part| part == id))
    }

    /// B2C's metadata URLs name the policy in the path, before `v2.0`, or as `p` in the query. Its issuers spell the policy in the same way, or in lower
    /// case.
    fn is_for_policy(&self, policy: &str) -> bool {
        let url = self.metadata_url.path_and_query();
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let in_query = query.split('&').find_map(|pair| pair.strip_prefix("p="));
        let in_path = || path.split_once("/v2.0/")?.0.rsplit('/').next();
        let own = in_query.or_else(in_path);
        own.is_some_and(|own| policy == own || policy == own.to_ascii_lowercase())
    }

    /// The issuer's text, shared with an assigned issuer, so that thousands of tenants do not store it twice.
    pub(super) fn shared(&self, issuer: &str) -> Arc<str> {
        let known = self.assigned.iter().find(|known| ***known == *issuer);
        known.map_or_else(|| issuer.into(), Arc::clone)
    }

    fn is_assigned(&self, issuer: &str) -> bool {
        self.assigned.iter().any(|assigned| **assigned == *issuer)
    }

    /// B2C's issuer never equals the metadata URL (the URL names the policy, the issuer the tenant's id), but it has the same host. Microsoft's two
    /// exceptions: External ID, whose issuer has the tenant's id as its host (`<id>.ciamlogin.com`), and Entra ID's v1.0 tokens.
    fn fits(&self, issuer: &str) -> bool {
        if self.is_exact() {
            return false;
        }
        let Ok(issuer) = HttpUrl::parse(issuer) else {
            return false;
        };
        let metadata_host = self.metadata_url.host();
        let are_external_id = [metadata_host, issuer.host()]
            .into_iter()
            .all(|host| MicrosoftHosts::external_id_tenant(host).is_some());
        let mut clouds = MicrosoftHosts::ALL.iter();
        let mut are_entra_id = || clouds.any(|one| one.are_entra_id(metadata_host, issuer.host()));
        issuer.is_same_origin(&self.metadata_url)
            || (issuer.is_https() && (are_external_id || are_entra_id()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(metadata_url: &str, assigned: &[&str]) -> IssuerRule {
        let assigned = assigned.iter().copied().map(Arc::from).collect();
        IssuerRule::new(Arc::new(HttpUrl::parse(metadata_url).unwrap()), assigned)
    }

    #[test]
    fn an_issuer_fits_the_metadata_it_came_with_or_is_one_of_microsofts_exceptions() {
        let b2c = "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_x/v2.0/.well-known/openid-configuration";
        for (issuer, metadata, fits) in [
            ("https://contoso.b2clogin.com/tid/v2.0/", b2c, true),
            ("https://fabrikam.b2clogin.com/tid/v2.0/", b2c, false),
            ("http://contoso.b2clogin.com/tid/v2.0/", b2c, false),
            (
                "https://c7ebcc7f.ciamlogin.com/c7ebcc7f/v2.0",
                "https://contoso.ciamlogin.com/c7ebcc7f/v2.0/.well-known/openid-configuration",
                true,
            ),
            (
                "https://sts.windows.net/tid/",
                "https://login.microsoftonline.com/contoso.onmicrosoft.com/.well-known/openid-configuration",
                true,
            ),
            (
                "https://sts.chinacloudapi.cn/tid/",
                "https://login.partner.microsoftonline.cn/contoso.cn/.well-known/openid-configuration",
                true,
            ),
            (
                "https://sts.windows.net/tid/",
                "https://login.microsoftonline.us/contoso.us/.well-known/openid-configuration",
                true,
            ),
            (
                "https://sts.windows.net/tid/",
                "https://login.partner.microsoftonline.cn/contoso.cn/.well-known/openid-configuration",
                false,
            ),
            ("https://sts.windows.net/tid/", b2c, false),
            ("contoso.b2clogin.com", b2c, false),
        ] {
            assert_eq!(rule(metadata, &[]).allows(issuer), fits, "{issuer}");
        }
    }

    #[test]
    fn an_assigned_issuer_is_allowed_and_a_template_never_is() {
        let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let metadata =
            "https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration";
        let assigned = rule(metadata, &["https://other.example/", template]);
        assert!(assigned.allows("https://other.example/"));
        assert!(!assigned.allows(template));
    }

    #[test]
    fn metadata_for_any_tenant_names_its_template_and_no_issuer() {
        let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let metadata = "https://login.microsoftonline.com/organizations/v2.0/m";
        let url = Arc::new(HttpUrl::parse(metadata).unwrap());
        let any = IssuerRule::of_templates(url, [template.into()].into());
        assert!(any.allows(template) && any.is_exact());
        for other in [
            "https://login.microsoftonline.us/{tenantid}/v2.0",
            "https://login.microsoftonline.com/{tenantid}/v2.0/",
            "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0",
            "https://login.microsoftonline.com/organizations/v2.0",
        ] {
            assert!(
                !any.allows(other) && !any.may_have_changed(template, other),
                "{other}"
            );
        }
    }

    #[test]
    fn an_issuer_may_change_its_form_and_not_its_tenant() {
        const A: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
        const B: &str = "bbbbcccc-1111-dddd-2222-eeee3333ffff";
        let rule = rule(
            "https://contoso.b2clogin.com/x",
            &["https://assigned.example/"],
        );
        let plain = format!("https://contoso.b2clogin.com/{A}/v2.0/");
        let with_policy = format!("https://contoso.b2clogin.com/tfp/{A}/b2c_1_x/v2.0/");
        let other = format!("https://contoso.b2clogin.com/{B}/v2.0/");
        assert!(rule.allows_change(&plain, &with_policy));
        assert!(!rule.allows_change(&plain, &other));
        assert!(rule.allows_change(&plain, "https://assigned.example/"));
    }

    #[test]
    fn an_issuer_may_have_changed_to_another_form_of_the_same_policy_s() {
        const A: &str = "https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
        const TFP: &str =
            "https://contoso.b2clogin.com/tfp/aaaabbbb-0000-cccc-1111-dddd2222eeee/b2c_1_x/v2.0/";
        let legacy = A.replace("contoso.b2clogin.com", "login.microsoftonline.com");
        for metadata in [
            "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_x/v2.0/.well-known/openid-configuration",
            "https://contoso.b2clogin.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration?p=B2C_1_x",
        ] {
            let of_b2c = rule(metadata, &[&legacy]);
            for (before, issuer) in [(A, TFP), (TFP, A), (&legacy, A), (&legacy, TFP), (A, A)] {
                assert!(of_b2c.may_have_changed(before, issuer), "{issuer}");
            }
            let with_id = |issuer: &str| issuer.replace("aaaabbbb", "bbbbcccc");
            for issuer in [
                TFP.replace("b2c_1_x", "b2c_1_y"),
                A.replace("contoso.b2clogin.com", "fabrikam.b2clogin.com"),
                A.replace("https://", "http://"),
                A.trim_end_matches('/').to_owned(),
                with_id(A),
                with_id(TFP),
                "https://contoso.b2clogin.com/".to_owned(),
                // Other spellings, which anybody can make up.
                A.replace(".com/", ".com:0443/"),
                A.replace("aaaabbbb", "AAAABBBB"),
                A.replace("contoso", "Contoso"),
                TFP.replace("b2c_1_x", "b2C_1_x"),
                TFP.replace("b2c_1_x", "v2.0"),
                TFP.replace("b2c_1_x", "contoso.onmicrosoft.com"),
                TFP.replace("b2c_1_x", "b2c_1_x/b2c_1_x"),
            ] {
                assert!(!of_b2c.may_have_changed(A, &issuer), "{issuer}");
            }
            assert!(!of_b2c.clone().exact().may_have_changed(A, TFP));
        }
        // The metadata's URL determines which of Entra ID's two issuers it names.
        let entra = rule(
            "https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration",
            &[],
        );
        let v1 = "https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/";
        let v2 = legacy.trim_end_matches('/');
        assert!(!entra.may_have_changed(v2, v1) && !entra.may_have_changed(v1, v2));
    }
}
