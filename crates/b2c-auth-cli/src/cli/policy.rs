//! What an API Management policy needs in addition to its file.

use std::{fmt, path::PathBuf};

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ConvertArguments {
    /// A whole policies document, or a single validate-jwt or validate-azure-ad-token element.
    #[arg(value_name = "POLICY.xml")]
    pub(crate) policy: PathBuf,
    #[command(flatten)]
    pub(crate) references: PolicyArguments,
}

/// What a policy refers to but does not contain.
#[derive(Args)]
pub(crate) struct PolicyArguments {
    /// The file with the value of {{NAME}} in the policy; may be repeated.
    ///
    /// NAME=VALUE gives the value itself, for non-secrets: other users of the machine can see the command line. A name not given here is looked up in
    /// the environment, in capitals: B2C_AUTH_NAMED_VALUE_API_KEY for {{api-key}}.
    #[arg(long = "named-value", value_name = "NAME=@FILE", value_parser = name_and_value)]
    pub(crate) named_values: Vec<(String, String)>,
    /// The PEM file of a certificate named by certificate-id, without its private key, or with it in decryption-keys; may be repeated.
    #[arg(long = "certificate", value_name = "ID=FILE", value_parser = name_and_value)]
    pub(crate) certificates: Vec<(String, String)>,
    /// The host that clients call, for a policy that uses it as the audience.
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// The id of a tenant that may come in where validate-azure-ad-token says organizations or common; may be repeated.
    #[arg(long = "tenant", value_name = "ID")]
    pub(crate) tenants: Vec<String>,
    /// Accepts a policy without audiences, and with it tokens for any application of the tenant.
    #[arg(long)]
    pub(crate) danger_accept_any_audience: bool,
    /// Ignores this access-restricting policy, such as ip-filter; may be repeated. For restrictions enforced elsewhere, at the proxy or in the
    /// service.
    #[arg(long = "ignore-policy", value_name = "NAME")]
    pub(crate) ignored_policies: Vec<String>,
}

impl fmt::Debug for PolicyArguments {
    /// Without the named values, which may be keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyArguments")
            .field("certificates", &self.certificates)
            .field("host", &self.host)
            .field("tenants", &self.tenants)
            .field("ignored_policies", &self.ignored_policies)
            .finish_non_exhaustive()
    }
}

pub(super) fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("write NAME=VALUE".into()),
    }
}
