//! The forms in which B2C writes issuers and URLs.

/// The form of `iss`. It always contains the tenant's GUID and ends with a slash.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum IssuerForm {
    /// `<host>/<tenant id>/v2.0/`, B2C's default.
    #[default]
    Default,
    /// `<host>/tfp/<tenant id>/<policy>/v2.0/`, with this policy.
    Tfp(String),
    /// `https://login.microsoftonline.com/<tenant id>/v2.0/`. Text only: the emulator does not answer there.
    Legacy,
    /// `https://login.microsoftonline.com/tfp/<tenant id>/<policy>/v2.0/`, with this policy. Only text.
    LegacyTfp(String),
}

impl IssuerForm {
    pub(crate) fn issuer(&self, base: &str, tenant_id: &str) -> String {
        match self {
            Self::Default => format!("{base}/{tenant_id}/v2.0/"),
            Self::Tfp(policy) => format!("{base}/tfp/{tenant_id}/{policy}/v2.0/"),
            Self::Legacy => format!("{LEGACY}/{tenant_id}/v2.0/"),
            Self::LegacyTfp(policy) => format!("{LEGACY}/tfp/{tenant_id}/{policy}/v2.0/"),
        }
    }
}

/// The form of a metadata URL.
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
    /// The path of an endpoint; `rest` follows tenant and policy.
    pub(crate) fn path(self, tenant: &str, policy: &str, rest: &str) -> String {
        match self {
            Self::Path => format!("/{tenant}/{policy}/{rest}"),
            Self::Query => format!("/{tenant}/{rest}?p={policy}"),
            Self::Tfp => format!("/tfp/{tenant}/{policy}/{rest}"),
        }
    }
}

const LEGACY: &str = "https://login.microsoftonline.com";
