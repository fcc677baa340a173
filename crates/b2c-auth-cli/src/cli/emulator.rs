//! The options of `b2c-auth emulator` and `b2c-auth token`.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::Args;

use super::{url::http_url, validate_jwt::name_and_value};

#[derive(Debug, Args)]
pub(crate) struct EmulatorArguments {
    /// Address to listen on, loopback only. Port 0 picks a free port.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = loopback)]
    pub(crate) listen: SocketAddr,
    /// The tenants, in TOML. Default: the B2C tenant contoso and the External ID tenant contosocustomers, each with two applications and three users.
    #[arg(long, value_name = "FILE.toml", conflicts_with_all = ["tenant", "tenant_id", "policy"])]
    pub(crate) seed: Option<PathBuf>,
    /// The first part of the B2C tenant's domain.
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    /// The B2C tenant's GUID.
    #[arg(long, value_name = "GUID")]
    pub(crate) tenant_id: Option<String>,
    /// A user flow or custom policy for sign-up and sign-in, instead of the default ones. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) policy: Vec<String>,
    /// Serves https, which MSAL requires, with the emulator's own certificate authority.
    #[arg(long)]
    pub(crate) https: bool,
    /// Folder in which to store the certificate authority, which you have to trust only once. Default: b2c-auth/ca in your data folder (on Linux,
    /// ~/.local/share).
    #[arg(long, value_name = "DIR", requires = "https")]
    pub(crate) ca_folder: Option<PathBuf>,
    /// Uses a new certificate authority, for this run only, and writes its certificate to this file.
    #[arg(
        long,
        value_name = "FILE.pem",
        requires = "https",
        conflicts_with = "ca_folder"
    )]
    pub(crate) ephemeral: Option<PathBuf>,
    /// Follows OpenID Connect Discovery where B2C does not, for strict clients.
    #[arg(long)]
    pub(crate) strict_openid: bool,
    /// The audience of the printed tokens: your API's client id or, for Entra ID's version 1.0, its application ID URI. Default: the tenant's first API.
    #[arg(long, value_name = "ID")]
    pub(crate) audience: Option<String>,
    /// A scope of the printed tokens. May be repeated. Default: all of the API's scopes.
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,
}

/// An address, or `localhost` and a port.
fn loopback(text: &str) -> Result<SocketAddr, &'static str> {
    let port = text.strip_prefix("localhost:");
    match port.and_then(|port| port.parse().ok()) {
        Some(port) => Ok((Ipv4Addr::LOCALHOST, port).into()),
        None => text
            .parse()
            .map_err(|_| "write IP:PORT or localhost:PORT, such as 127.0.0.1:8400"),
    }
}

#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// The base URL of the emulator. The issuer in a B2C token has this host, so use the same host in the metadata URL of your API.
    #[arg(long, value_name = "URL", env = "B2C_EMULATOR", value_parser = http_url)]
    pub(crate) emulator: reqwest::Url,
    /// The CA certificate of an emulator with https, in PEM. Default: the system's.
    #[arg(long, value_name = "FILE.pem")]
    pub(crate) ca: Option<PathBuf>,
    /// A tenant, by the first part of its domain. Default: the first one.
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    /// Only for an emulated Entra ID tenant: the tenant that issues the token. Default: the emulated one.
    #[arg(long, value_name = "GUID")]
    pub(crate) tenant_id: Option<String>,
    /// A user flow or custom policy. Default: the first one.
    #[arg(long, value_name = "NAME")]
    pub(crate) policy: Option<String>,
    /// The audience: your API's client id or, for Entra ID's version 1.0, its application ID URI. Default: the tenant's first API.
    #[arg(long, value_name = "ID")]
    pub(crate) audience: Option<String>,
    /// A scope. May be repeated. Default: all of the API's scopes.
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,
    /// A role. May be repeated. A token with roles has no scopes by default.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<String>,
    /// A claim. The value is JSON or plain text. May be repeated.
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(crate) claims: Vec<(String, String)>,
    /// How long the token is valid, such as 5m. Default: an hour.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) expires_in: Option<Duration>,
    /// Prints an ID token, which APIs must refuse.
    #[arg(long)]
    pub(crate) id_token: bool,
}
