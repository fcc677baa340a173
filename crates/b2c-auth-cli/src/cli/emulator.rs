//! The options of `b2c-auth emulator` and `b2c-auth token`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;

use super::policy::name_and_value;

#[derive(Debug, Args)]
pub(crate) struct EmulatorArguments {
    /// Where to listen; loopback addresses only. Port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// The tenants, in TOML. Without it: the B2C tenant contoso and the External ID tenant contosocustomers, with two applications and three users each.
    #[arg(long, value_name = "FILE.toml", conflicts_with_all = ["tenant", "tenant_id", "policy"])]
    pub(crate) seed: Option<PathBuf>,
    /// The first part of the B2C tenant's domain.
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    /// The B2C tenant's GUID.
    #[arg(long, value_name = "GUID")]
    pub(crate) tenant_id: Option<String>,
    /// A user flow or custom policy that signs in or up, in the place of the default ones; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) policy: Vec<String>,
    /// Serves https, which MSAL demands, with a certificate authority of the emulator's own.
    #[arg(long)]
    pub(crate) https: bool,
    /// Where the certificate authority is kept, so that it has to be trusted once.
    #[arg(long, value_name = "DIR", requires = "https")]
    pub(crate) ca_folder: Option<PathBuf>,
    /// Makes a certificate authority for this run alone.
    #[arg(long, requires = "https", conflicts_with = "ca_folder")]
    pub(crate) ephemeral: bool,
    /// Departs from B2C to please clients that insist on OpenID Connect Discovery.
    #[arg(long)]
    pub(crate) strict_openid: bool,
    /// The audience of the printed tokens: the client id of your API. The first API of the tenant unless set.
    #[arg(long, value_name = "ID")]
    pub(crate) audience: Option<String>,
    /// A scope of the printed tokens; may be repeated. Those of the API unless set.
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// The base URL of the emulator.
    #[arg(long, value_name = "URL", env = "B2C_AUTH_EMULATOR")]
    pub(crate) emulator: reqwest::Url,
    /// The certificate of the authority that an emulator with https is trusted by, in PEM; the system's unless set.
    #[arg(long, value_name = "FILE.pem")]
    pub(crate) ca: Option<PathBuf>,
    /// A tenant by the first part of its domain; the first one unless set.
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    /// A user flow or custom policy; the first one unless set.
    #[arg(long, value_name = "NAME")]
    pub(crate) policy: Option<String>,
    /// The audience: the client id of your API.
    #[arg(long, value_name = "ID")]
    pub(crate) audience: Option<String>,
    /// A scope; may be repeated.
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,
    /// A role; may be repeated. A token with roles has no scope unless one is given.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<String>,
    /// A claim; the value is JSON or else text; may be repeated.
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(crate) claims: Vec<(String, String)>,
    /// How long it is valid, such as 5m.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) expires_in: Option<Duration>,
    /// Prints an ID token, which APIs must refuse.
    #[arg(long)]
    pub(crate) id_token: bool,
}
