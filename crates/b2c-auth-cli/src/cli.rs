//! What the user typed.

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};

/// Azure AD B2C tokens: a local tenant to develop against.
#[derive(Debug, Parser)]
#[command(name = "b2c-auth", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prints the settings in TOML that a validate-jwt policy of API Management stands for.
    ///
    /// What is not quite the same is said in comments. What cannot be honoured is refused, with its name, its line and what to do. Keys in the
    /// policy are printed too, so keep the output where you keep secrets.
    Convert(ConvertArguments),
    /// Runs a local B2C tenant and prints its URLs and a token ready for curl.
    Emulator(EmulatorArguments),
    /// Judges requests for a proxy: the layer behind forward-auth (nginx auth_request, Traefik ForwardAuth, Caddy forward_auth).
    ///
    /// Answers 200 with the configured claim headers, or the refusal. SIGHUP reads the configuration again; a bad one is reported and
    /// changes nothing. SIGTERM ends it gracefully.
    Gateway(GatewayArguments),
    /// Asks each replica who still uses a legacy issuer, and says whether the legacy issuers can be removed.
    ///
    /// Exit status: 0 safe to remove, 1 keep, 2 not enough evidence or no report from a replica.
    MigrationReport(MigrationReportArguments),
    /// Has a running emulator issue a token, and prints it: an access token with the scopes of the API, unless told otherwise.
    Token(TokenArguments),
}

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

#[derive(Debug, Args)]
pub(crate) struct ConvertArguments {
    /// A whole policies document, or a validate-jwt element alone.
    #[arg(value_name = "POLICY.xml")]
    pub(crate) policy: PathBuf,
    #[command(flatten)]
    pub(crate) references: PolicyArguments,
}

#[derive(Debug, Args)]
pub(crate) struct MigrationReportArguments {
    /// The URL of each replica's report. Without a path, /migration is added.
    #[arg(required = true, value_name = "URL")]
    pub(crate) urls: Vec<reqwest::Url>,
    /// Prints JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GatewayArguments {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Where proxies ask: any method and path is judged by its headers.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: SocketAddr,
    /// Where operators ask: /livez, /readyz, /metrics and /migration. Do not expose it.
    #[arg(long, value_name = "ADDR")]
    pub(crate) admin_listen: Option<SocketAddr>,
    /// Keeps the evidence of a migration across restarts: who used which issuer, saved every minute and at the end.
    #[arg(long, value_name = "FILE")]
    pub(crate) usage_file: Option<PathBuf>,
}

/// Where the settings come from.
#[derive(Debug, Args)]
pub(crate) struct Source {
    /// Settings in TOML.
    #[arg(
        long,
        value_name = "FILE.toml",
        required_unless_present = "policy",
        conflicts_with = "policy"
    )]
    pub(crate) config: Option<PathBuf>,
    /// A policy of API Management with one validate-jwt; refusals are then answered in its manner.
    #[arg(long, value_name = "FILE.xml")]
    pub(crate) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) references: PolicyArguments,
}

/// What a policy refers to and does not hold.
#[derive(Args)]
pub(crate) struct PolicyArguments {
    /// What {{NAME}} in the policy stands for; may be repeated.
    #[arg(long = "named-value", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(crate) named_values: Vec<(String, String)>,
    /// The PEM file of the certificate that certificate-id names, without its private key; may be repeated.
    #[arg(long = "certificate", value_name = "ID=FILE", value_parser = name_and_value)]
    pub(crate) certificates: Vec<(String, String)>,
    /// The host that clients call, for a policy that takes it as the audience.
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// Reads a policy that names no audience: tokens for any application of the tenant are then accepted.
    #[arg(long)]
    pub(crate) danger_accept_any_audience: bool,
}

impl fmt::Debug for PolicyArguments {
    /// Without the named values, which may be keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyArguments")
            .field("certificates", &self.certificates)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("write NAME=VALUE".into()),
    }
}
