//! What a document refers to and does not hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What API Management knows besides the document: named values, certificates, its own host name.
///
/// Its `Debug` shows names only, because values may be keys.
#[derive(Clone, Default)]
#[must_use]
pub struct ReadOptions {
    pub(super) named_values: BTreeMap<String, String>,
    pub(super) certificates: BTreeMap<String, String>,
    pub(super) host: Option<String>,
    pub(super) any_audience: bool,
    pub(super) ignored_policies: BTreeSet<String>,
}

impl ReadOptions {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The named value that `{{name}}` stands for.
    pub fn named_value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.named_values.insert(name.into(), value.into());
        self
    }

    /// The certificate that `certificate-id` names, in PEM; without its private key.
    pub fn certificate(mut self, id: impl Into<String>, pem: impl Into<String>) -> Self {
        self.certificates.insert(id.into(), pem.into());
        self
    }

    /// The host that clients call, which `@(context.Request.OriginalUrl.Host)` as an audience stands for. It is settled here once, never taken
    /// from a request.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Reads a policy that names no audience as API Management does: tokens for anybody are accepted.
    ///
    /// Dangerous: what any other application of the tenant was given is accepted too (RFC 8725 §3.9).
    pub fn danger_accept_any_audience(mut self) -> Self {
        self.any_audience = true;
        self
    }

    /// Reads a document although it restricts access by this other policy, such as `ip-filter`, which is not carried out here. For what you
    /// know to be done elsewhere; with everything that stands inside of it.
    pub fn ignore_policy(mut self, name: impl Into<String>) -> Self {
        self.ignored_policies.insert(name.into());
        self
    }
}

impl fmt::Debug for ReadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOptions")
            .field("named_values", &self.named_values.keys())
            .field("certificates", &self.certificates.keys())
            .field("host", &self.host)
            .field("any_audience", &self.any_audience)
            .field("ignored_policies", &self.ignored_policies)
            .finish()
    }
}
