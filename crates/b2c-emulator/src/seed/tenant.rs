use serde::Deserialize;

use super::KeySharing;
use super::{Application, Lifetimes, Policy, SeedError, User, initial_state::repeated};
use crate::{issuer::IssuerForm, tls::Names};

/// The initial state of one tenant.
///
/// ```
#[doc = include_str!("../../docs/example_seed.txt")]
/// use b2c_emulator::{Kind, SeedError};
///
/// // Only the name and the id are required.
/// let fabrikam = tenant(r#"custom_domain = "login.fabrikam.example""#)?;
/// assert_eq!((fabrikam.name.as_str(), fabrikam.kind), ("fabrikam", Kind::B2c));
///
/// // Two policies have the same name, apart from case.
/// let refused = tenant("policy = [{ name = 'B2C_1_a' }, { name = 'b2c_1_A' }]");
/// assert!(matches!(refused, Err(SeedError::Duplicate { value, .. }) if value == "b2c_1_a"));
/// # Ok::<(), b2c_emulator::SeedError>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantSeed {
    /// The product.
    #[serde(default)]
    pub kind: Kind,
    /// The first part of the tenant's domain `<name>.onmicrosoft.com`.
    pub name: String,
    /// The tenant's GUID.
    pub id: String,
    /// A custom domain, without scheme and port, under which the tenant also answers. The version 2.0 issuer of an Entra ID tenant contains this domain,
    /// so `login.microsoftonline.us`, for example, puts the tenant into the US Government cloud.
    #[serde(default)]
    pub custom_domain: Option<String>,
    /// Whether the policies share a key.
    #[serde(default)]
    pub key_sharing: KeySharing,
    /// B2C's setting "Issuer (iss) claim".
    #[serde(default)]
    pub issuer: IssuerSetting,
    /// B2C's setting "Subject (sub) claim".
    #[serde(default)]
    pub subject: SubjectSetting,
    /// B2C's setting "Claim representing policy ID".
    #[serde(default)]
    pub policy_claim: PolicyClaim,
    /// How long tokens, codes and sessions are valid.
    #[serde(default)]
    pub lifetimes: Lifetimes,
    /// The user flows and custom policies. Only a B2C tenant has any.
    #[serde(default, rename = "policy")]
    pub policies: Vec<Policy>,
    /// The registered applications: clients and APIs.
    #[serde(default, rename = "application")]
    pub applications: Vec<Application>,
    /// The users.
    #[serde(default, rename = "user")]
    pub users: Vec<User>,
}

/// The product that a tenant belongs to.
///
/// ```
#[doc = include_str!("../../docs/example_seed.txt")]
/// use b2c_emulator::Kind;
///
/// assert_eq!(tenant(r#"kind = "external-id""#)?.kind, Kind::ExternalId);
/// assert!(tenant(r#"kind = "workforce""#).is_err());
/// # Ok::<(), b2c_emulator::SeedError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Azure AD B2C.
    #[default]
    B2c,
    /// Microsoft Entra External ID, an external tenant.
    ExternalId,
    /// Microsoft Entra ID, with the endpoints `organizations` and `common` for users of any tenant. An emulator has at most one such tenant.
    EntraId,
}

/// The form of the issuer ([token compatibility settings](https://learn.microsoft.com/azure/active-directory-b2c/configure-tokens)).
///
/// ```
#[doc = include_str!("../../docs/example_seed.txt")]
/// use b2c_emulator::IssuerSetting;
///
/// assert_eq!(tenant(r#"issuer = "tfp""#)?.issuer, IssuerSetting::Tfp);
/// assert!(tenant(r#"issuer = "policy""#).is_err());
/// # Ok::<(), b2c_emulator::SeedError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssuerSetting {
    /// `<host>/<tenant id>/v2.0/`
    #[default]
    TenantId,
    /// `<host>/tfp/<tenant id>/<policy>/v2.0/`, with the policy in lower case
    Tfp,
}

/// The value of `sub` ([token compatibility settings](https://learn.microsoft.com/azure/active-directory-b2c/configure-tokens)).
///
/// ```
#[doc = include_str!("../../docs/example_seed.txt")]
/// use b2c_emulator::SubjectSetting;
///
/// assert_eq!(tenant(r#"subject = "not-supported""#)?.subject, SubjectSetting::NotSupported);
/// assert!(tenant(r#"subject = "none""#).is_err());
/// # Ok::<(), b2c_emulator::SeedError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectSetting {
    /// The user's object id.
    #[default]
    ObjectId,
    /// `Not supported currently. Use oid claim.`
    NotSupported,
}

/// The claim that names the policy.
///
/// ```
#[doc = include_str!("../../docs/example_seed.txt")]
/// use b2c_emulator::PolicyClaim;
///
/// assert_eq!(tenant(r#"policy_claim = "acr""#)?.policy_claim, PolicyClaim::Acr);
/// assert!(tenant(r#"policy_claim = "amr""#).is_err());
/// # Ok::<(), b2c_emulator::SeedError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyClaim {
    /// `tfp`
    #[default]
    Tfp,
    /// `acr`, with the policy in lower case
    Acr,
}

impl IssuerSetting {
    pub(crate) fn form(self) -> IssuerForm {
        match self {
            Self::TenantId => IssuerForm::Default,
            Self::Tfp => IssuerForm::Tfp(String::new()),
        }
    }
}

impl TenantSeed {
    /// Renames the tenant, also in the URIs and permissions of its applications.
    pub(crate) fn rename(&mut self, name: String) {
        let old = format!("https://{}.onmicrosoft.com", self.name);
        for application in &mut self.applications {
            let permissions = application.permissions.iter_mut().flatten();
            for uri in application.app_id_uri.iter_mut().chain(permissions) {
                let rest = uri.strip_prefix(&old);
                if let Some(rest) = rest.filter(|it| it.is_empty() || it.starts_with('/')) {
                    *uri = format!("https://{name}.onmicrosoft.com{rest}");
                }
            }
        }
        self.name = name;
    }

    pub(super) fn mistakes(&self) -> Vec<SeedError> {
        let own = [
            first_part(&self.name),
            guid("the tenant id", &self.id),
            self.custom_domain.as_deref().map_or(Ok(()), host),
            self.lifetimes.check(),
        ];
        let policies = self.policies.iter().map(|policy| policy.check(self.kind));
        let users = self.users.iter().map(|user| user.check(self.kind));
        let mut mistakes: Vec<_> = own
            .into_iter()
            .chain(policies)
            .filter_map(Result::err)
            .collect();
        mistakes.extend(self.applications.iter().flat_map(Application::mistakes));
        let applications = self.applications.iter();
        mistakes.extend(applications.flat_map(|it| it.wrong_permissions(&self.applications)));
        mistakes.extend(users.filter_map(Result::err));

        let policies = self.policies.iter().map(|it| it.name.to_lowercase());
        mistakes.extend(repeated("the policy", policies));
        let applications = self.applications.iter();
        let ids = applications.clone().map(|it| it.client_id.to_lowercase());
        mistakes.extend(repeated("the client id", ids));
        let uris = applications.filter_map(|it| it.app_id_uri.as_deref());
        let uris = uris.map(|uri| uri.trim_end_matches('/').to_owned());
        mistakes.extend(repeated("the application ID URI", uris));
        let users = self.users.iter().map(|it| it.object_id.to_lowercase());
        mistakes.extend(repeated("the user's object id", users));
        mistakes
    }
}

/// Checks text that goes into URLs unescaped.
pub(super) fn word(what: &'static str, value: &str, remedy: &'static str) -> Result<(), SeedError> {
    if is_word(value) {
        return Ok(());
    }
    Err(SeedError::Value {
        what,
        value: value.to_owned(),
        remedy,
    })
}

fn first_part(name: &str) -> Result<(), SeedError> {
    let what = "the tenant name";
    if name.contains('.') {
        return Err(SeedError::Value {
            what,
            value: name.to_owned(),
            remedy: "write only the first part of the domain, such as contoso for contoso.onmicrosoft.com",
        });
    }
    word(what, name, "write letters, digits and hyphens")
}

/// Checks a host name as if for a certificate, even if the emulator serves http: a custom domain with a scheme or port would match no request.
fn host(domain: &str) -> Result<(), SeedError> {
    Names::parse([domain])
        .map(drop)
        .map_err(|_| SeedError::Value {
            what: "custom_domain",
            value: domain.to_owned(),
            remedy: "write only the host, without scheme, port, underscores and final dot, such as login.contoso.example",
        })
}

pub(crate) fn guid(what: &'static str, value: &str) -> Result<(), SeedError> {
    let mut groups = value.split('-');
    let fits = |length: &usize| {
        let group = groups.next().unwrap_or_default();
        group.len() == *length && group.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if GUID_GROUPS.iter().all(fits) && groups.next().is_none() {
        return Ok(());
    }
    Err(SeedError::Value {
        what,
        value: value.to_owned(),
        remedy: "write a GUID, such as aaaabbbb-0000-cccc-1111-dddd2222eeee",
    })
}

/// The lengths of the groups of digits in a GUID (RFC 9562 §4).
const GUID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

pub(super) fn is_word(value: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !value.is_empty() && value.len() <= 128 && value.bytes().all(fits)
}
