//! Parses a request's path, in any of B2C's forms and any letter case.

use std::sync::Arc;

use super::Site;
use crate::{
    faults::Endpoint,
    issuer::{ANY_TENANT, METADATA_PATH, UrlForm},
    seed::{Kind, Policy, User},
    tenants::Tenant,
};

/// The requested endpoint, tenant and policy.
pub(crate) struct Route {
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) endpoint: PolicyEndpoint,
    form: UrlForm,
    /// Where the request was sent, such as `http://127.0.0.1:8080`.
    pub(crate) base: String,
    /// The tenant's path segment: for a B2C tenant, as written; for others, the GUID or one of [`ANY_TENANT`].
    domain: String,
    /// In lower case; empty for a tenant without policies.
    pub(crate) policy: String,
}

/// The endpoints of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyEndpoint {
    Metadata,
    Keys,
    Authorize,
    /// The target of the sign-in page's forms.
    SignIn,
    Token,
    Logout,
}

impl Route {
    /// `None` if no tenant has such a path.
    pub(crate) fn find(site: &Site, base: String, path: &str, query: Option<&str>) -> Option<Self> {
        let segments: Vec<&str> = path
            .trim_start_matches('/')
            .splitn(MAX_SEGMENTS, '/')
            .collect();
        let (form, segments) = match segments.as_slice() {
            [first, rest @ ..] if first.eq_ignore_ascii_case("tfp") => (UrlForm::Tfp, rest),
            all => (UrlForm::Path, all),
        };
        let (domain, rest) = segments.split_first()?;
        let tenant = site
            .tenants
            .iter()
            .find(|tenant| tenant.is_its_domain(domain))?;
        let (form, policy, rest) = match tenant.seed.kind {
            Kind::ExternalId | Kind::EntraId if form == UrlForm::Path => {
                (form, String::new(), rest)
            }
            Kind::ExternalId | Kind::EntraId => return None,
            Kind::B2c => match (policy_in(query), rest) {
                (Some(policy), rest) if form == UrlForm::Path => (UrlForm::Query, policy, rest),
                (_, [policy, rest @ ..]) => (form, policy.to_ascii_lowercase(), rest),
                _ => return None,
            },
        };
        let endpoint = PolicyEndpoint::at(rest)?;
        let known = tenant.seed.kind != Kind::B2c || tenant.policy(&policy).is_some();
        let domain = match tenant.seed.kind {
            Kind::B2c => (*domain).to_owned(),
            Kind::ExternalId | Kind::EntraId => {
                let shared = ANY_TENANT
                    .iter()
                    .find(|name| name.eq_ignore_ascii_case(domain));
                shared.map_or_else(|| tenant.seed.id.clone(), |name| (*name).to_owned())
            }
        };
        known.then(|| Self {
            tenant: Arc::clone(tenant),
            endpoint,
            form,
            base,
            domain,
            policy,
        })
    }

    /// The URL of another endpoint of the same policy, in the request's form.
    pub(crate) fn url(&self, endpoint: PolicyEndpoint) -> String {
        format!("{}{}", self.base, self.path(endpoint))
    }

    pub(crate) fn path(&self, endpoint: PolicyEndpoint) -> String {
        let rest = endpoint.path();
        match self.tenant.seed.kind {
            Kind::B2c => self.form.path(&self.domain, &self.policy, rest),
            Kind::ExternalId | Kind::EntraId => format!("/{}/{rest}", self.domain),
        }
    }

    /// The issuer for the requested host. At `organizations` and `common`, it is a template.
    pub(crate) fn issuer(&self) -> String {
        if self.is_any_tenant() {
            return self.tenant.entra_issuer(&self.base, "{tenantid}");
        }
        self.tenant.issuer_at(&self.base, &self.policy)
    }

    /// Whether this is `organizations` or `common`, where users of any tenant sign in.
    pub(crate) fn is_any_tenant(&self) -> bool {
        ANY_TENANT.contains(&self.domain.as_str())
    }

    /// Whether this user can sign in here.
    pub(crate) fn admits(&self, user: &User) -> bool {
        self.is_any_tenant() || self.tenant.home_of(user) == self.tenant.seed.id
    }

    /// The registered policy; `None` for a tenant without policies.
    pub(crate) fn registered_policy(&self) -> Option<&Policy> {
        self.tenant.policy(&self.policy)
    }
}

impl PolicyEndpoint {
    fn at(segments: &[&str]) -> Option<Self> {
        let path = segments.join("/");
        let all = [
            Self::Metadata,
            Self::Keys,
            Self::Authorize,
            Self::SignIn,
            Self::Token,
            Self::Logout,
        ];
        all.into_iter()
            .find(|endpoint| endpoint.path().eq_ignore_ascii_case(&path))
    }

    fn path(self) -> &'static str {
        match self {
            Self::Metadata => METADATA_PATH,
            Self::Keys => "discovery/v2.0/keys",
            Self::Authorize => "oauth2/v2.0/authorize",
            Self::SignIn => "signin",
            Self::Token => "oauth2/v2.0/token",
            Self::Logout => "oauth2/v2.0/logout",
        }
    }

    /// The name under which its faults are set.
    pub(crate) fn fault_endpoint(self) -> Endpoint {
        match self {
            Self::Metadata => Endpoint::Metadata,
            Self::Keys => Endpoint::Keys,
            Self::Authorize | Self::SignIn | Self::Logout => Endpoint::Authorize,
            Self::Token => Endpoint::Token,
        }
    }
}

/// `p` of the query, in lower case.
fn policy_in(query: Option<&str>) -> Option<String> {
    form_urlencoded::parse(query?.as_bytes())
        .find(|(name, _)| name == "p")
        .map(|(_, policy)| policy.to_ascii_lowercase())
}

/// More than in any valid path.
const MAX_SEGMENTS: usize = 8;
