//! The options for a `validate-jwt` document.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use clap::Args;

use crate::named_values;

#[derive(Debug, Args)]
pub(crate) struct ConvertArguments {
    /// A whole policies document, or a single validate-jwt or validate-azure-ad-token element.
    #[arg(value_name = "POLICY.xml")]
    pub(crate) document: PathBuf,
    #[command(flatten)]
    pub(crate) references: DocumentReferences,
}

/// The values that a document refers to but does not contain.
#[derive(Args)]
pub(crate) struct DocumentReferences {
    /// The file with the value of {{NAME}} in the policy. May be repeated.
    ///
    /// NAME=VALUE gives the value itself. Do not use it for secrets, because other users of the machine can see the command line. Names not given here are
    /// read from environment variables such as B2C_NAMED_VALUE_API_KEY for {{api-key}}.
    #[arg(long = "named-value", value_name = "NAME=@FILE", value_parser = named_value)]
    pub(crate) named_values: Vec<(String, String)>,
    /// The PEM file for a certificate-id. For decryption-keys it must contain the private key, otherwise it must not. May be repeated.
    #[arg(long = "certificate", value_name = "ID=FILE", value_parser = id_and_file)]
    pub(crate) certificates: Vec<(String, String)>,
    /// The host that clients call, for a policy that uses it as the audience.
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// The id of a tenant to accept where validate-azure-ad-token says organizations or common. May be repeated.
    #[arg(long = "tenant", value_name = "ID")]
    pub(crate) tenants: Vec<String>,
    /// Accepts any tenant in the world where validate-azure-ad-token says organizations or common. Anybody can create a tenant.
    #[arg(long)]
    pub(crate) danger_accept_any_tenant: bool,
    /// Accepts a policy without audiences, and so tokens for any application of the tenant.
    #[arg(long)]
    pub(crate) danger_accept_any_audience: bool,
    /// Ignores a policy that restricts access, such as ip-filter, or that writes the token, such as set-header. Use it only if the proxy or the service
    /// does what that policy does. May be repeated.
    #[arg(long = "ignore-policy", value_name = "NAME")]
    pub(crate) ignored_policies: Vec<String>,
}

impl DocumentReferences {
    /// # Errors
    ///
    /// If there is an option for a policy, but no policy.
    pub(crate) fn check_unused(&self) -> Result<(), String> {
        let all = [
            ("--named-value", !self.named_values.is_empty()),
            ("--certificate", !self.certificates.is_empty()),
            ("--host", self.host.is_some()),
            ("--tenant", !self.tenants.is_empty()),
            ("--danger-accept-any-tenant", self.danger_accept_any_tenant),
            (
                "--danger-accept-any-audience",
                self.danger_accept_any_audience,
            ),
            ("--ignore-policy", !self.ignored_policies.is_empty()),
        ];
        let given = all.into_iter().filter(|(_, is_given)| *is_given);
        let given: Vec<_> = given.map(|(name, _)| name).collect();
        match given.as_slice() {
            [] => Ok(()),
            names => Err(format!(
                "{}: only for an API Management policy; leave this out, and if the settings need its value, write it into them",
                names.join(", ")
            )),
        }
    }

    /// The files with these values.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        let values = self.named_values.iter();
        let values = values.filter_map(|(_, value)| named_values::file_of(value));
        let certificates = self.certificates.iter();
        values.chain(certificates.map(|(_, file)| Path::new(file)))
    }
}

impl fmt::Debug for DocumentReferences {
    /// Without the named values, which may be keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentReferences")
            .field("certificates", &self.certificates)
            .field("host", &self.host)
            .field("tenants", &self.tenants)
            .field("ignored_policies", &self.ignored_policies)
            .finish_non_exhaustive()
    }
}

fn named_value(text: &str) -> Result<(String, String), String> {
    pair(text).ok_or_else(|| {
        "write NAME=@FILE; or leave the option out, and set an environment variable such as B2C_NAMED_VALUE_API_KEY for {{api-key}}".into()
    })
}

fn id_and_file(text: &str) -> Result<(String, String), String> {
    pair(text).ok_or_else(|| "write ID=FILE".into())
}

pub(super) fn name_and_value(text: &str) -> Result<(String, String), String> {
    pair(text).ok_or_else(|| "write NAME=VALUE".into())
}

fn pair(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    (!name.is_empty()).then(|| (name.into(), value.into()))
}
