//! How B2C writes issuers and URLs.

/// How `iss` is written ([token compatibility settings](https://learn.microsoft.com/azure/active-directory-b2c/configure-tokens)). Every form contains the
/// tenant's GUID and ends with a slash. With [`strict_openid`](crate::EmulatorBuilder::strict_openid), metadata and tokens use none of these forms.
///
/// ```
/// use b2c_emulator::{Emulator, IssuerForm};
///
/// let tenant = Emulator::builder().tenant_id("aaaabbbb-0000-cccc-1111-dddd2222eeee").without_socket()?;
/// let issuer = tenant.issuer(&IssuerForm::Legacy);
/// assert_eq!(issuer, "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/");
/// assert_ne!(tenant.issuer(&IssuerForm::Default), issuer);
/// # Ok::<(), b2c_emulator::EmulatorError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum IssuerForm {
    /// `<host>/<tenant id>/v2.0/`, B2C's default.
    #[default]
    Default,
    /// `<host>/tfp/<tenant id>/<policy>/v2.0/`, with this policy in lower case.
    Tfp(String),
    /// `https://login.microsoftonline.com/<tenant id>/v2.0/`. The emulator does not serve this URL.
    Legacy,
    /// `https://login.microsoftonline.com/tfp/<tenant id>/<policy>/v2.0/`, with this policy in lower case. The emulator does not serve this URL.
    LegacyTfp(String),
}

impl IssuerForm {
    pub(crate) fn issuer(&self, base: &str, tenant_id: &str) -> String {
        let with = |host: &str, policy: &str| {
            let policy = policy.to_ascii_lowercase();
            format!("{host}/tfp/{tenant_id}/{policy}/v2.0/")
        };
        match self {
            Self::Default => format!("{base}/{tenant_id}/v2.0/"),
            Self::Tfp(policy) => with(base, policy),
            Self::Legacy => format!("{LEGACY}/{tenant_id}/v2.0/"),
            Self::LegacyTfp(policy) => with(LEGACY, policy),
        }
    }
}

/// The form of a metadata URL.
///
/// ```
/// use b2c_emulator::{Emulator, UrlForm};
///
/// let tenant = Emulator::builder().without_socket()?;
/// let url = tenant.metadata_url_in("B2C_1_signupsignin1", UrlForm::Query);
/// assert!(url.ends_with("/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration?p=B2C_1_signupsignin1"));
/// # Ok::<(), b2c_emulator::EmulatorError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UrlForm {
    /// `/<tenant>/<policy>/v2.0/…`
    #[default]
    Path,
    /// `/<tenant>/v2.0/…?p=<policy>`
    Query,
    /// `/tfp/<tenant>/<policy>/v2.0/…`
    Tfp,
}

impl UrlForm {
    /// The path of an endpoint. `rest` is the part after the tenant and the policy.
    pub(crate) fn path(self, tenant: &str, policy: &str, rest: &str) -> String {
        match self {
            Self::Path => format!("/{tenant}/{policy}/{rest}"),
            Self::Query => format!("/{tenant}/{rest}?p={policy}"),
            Self::Tfp => format!("/tfp/{tenant}/{policy}/{rest}"),
        }
    }
}

const LEGACY: &str = "https://login.microsoftonline.com";
pub(crate) const METADATA_PATH: &str = "v2.0/.well-known/openid-configuration";
/// The segments in Entra ID's paths that stand for any tenant.
pub(crate) const ANY_TENANT: [&str; 2] = ["organizations", "common"];
