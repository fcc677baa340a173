//! The options of `b2c-auth gateway`, and of `check`, which reads the same configuration.

#[cfg(not(feature = "grpc"))]
use std::convert::Infallible;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{ArgGroup, Args, ValueEnum};

use super::{Address, DocumentReferences};

#[derive(Debug, Args)]
#[command(override_usage = USAGE)]
pub(crate) struct GatewayArguments {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Address for the proxy's authorization requests. May be repeated.
    ///
    /// HOST:PORT, unix:/PATH, or systemd for the next socket that systemd passes.
    #[arg(long, value_name = "ADDRESS")]
    #[cfg_attr(not(feature = "grpc"), arg(required = true))]
    #[cfg_attr(feature = "grpc", arg(required_unless_present = "grpc_listen"))]
    pub(crate) listen: Vec<Address>,
    /// Address for Envoy's gRPC calls (ext_authz, health checks). May be repeated.
    #[cfg(feature = "grpc")]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) grpc_listen: Vec<Address>,
    // So that a build without the feature says what it lacks.
    #[cfg(not(feature = "grpc"))]
    #[arg(long, hide = true, value_name = "ADDRESS", value_parser = without_grpc)]
    grpc_listen: Option<Infallible>,
    #[cfg(not(feature = "grpc"))]
    #[arg(
        long,
        hide = true,
        value_name = "CLAIM",
        env = "B2C_AUTH_METADATA_CLAIMS",
        value_parser = no_metadata_without_grpc
    )]
    metadata_claim: Option<Infallible>,
    /// A claim that Envoy gets as dynamic metadata, for rate limits, RBAC and access logs. May be repeated; in the environment, separate claims with
    /// commas.
    ///
    /// Each claim costs Envoy time in every request, so name only those that it uses.
    #[cfg(feature = "grpc")]
    #[arg(
        long = "metadata-claim",
        value_name = "CLAIM",
        env = "B2C_AUTH_METADATA_CLAIMS",
        value_delimiter = ',',
        requires = "grpc_listen"
    )]
    pub(crate) metadata_claims: Vec<String>,
    /// Address for operators (/livez, /readyz, /metrics, /migration). Do not expose it. May be repeated.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin_listen: Vec<Address>,
    /// The certificate chain, in PEM, for TLS on the TCP ports of --listen and --grpc-listen. SIGHUP reloads it.
    #[arg(long, value_name = "FILE.pem", requires = "tls_key")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The private key of the certificate, in PEM.
    #[arg(long, value_name = "FILE.pem", requires = "tls_certificate")]
    pub(crate) tls_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) proxy: ProxyArguments,
    #[command(flatten)]
    pub(crate) users: UserMapArguments,
    /// A file that keeps the usage of issuers, the evidence for a migration, across restarts. Saved every minute and on exit.
    #[arg(long, value_name = "FILE")]
    pub(crate) usage_file: Option<PathBuf>,
    /// Reloads the configuration, the map of users and the certificate when one of their files changes, including the files that the configuration names.
    /// Use it where you cannot send SIGHUP.
    #[arg(long)]
    pub(crate) watch: bool,
    /// Time to keep serving after SIGTERM while /readyz fails, for load balancers to notice.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = humantime::parse_duration)]
    pub(crate) drain: Duration,
    /// Format of the log on standard error. RUST_LOG sets the level: info by default; debug also logs why requests are refused.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
}

/// What the gateway knows of its proxy.
#[derive(Debug, Args)]
pub(crate) struct ProxyArguments {
    /// The proxy in front of the gateway, which sends the original method, host and path. Required for routes, preflights and a token in the query.
    ///
    /// For nginx, the gateway also answers as for --nginx. nginx and haproxy send X-Original-Method, X-Original-Host and X-Original-URI if configured as in deploy/. caddy and traefik send X-Forwarded-Method,
    /// X-Forwarded-Host and X-Forwarded-Uri. envoy sends a copy of the original request. A request in which one of these headers is missing or repeated is
    /// refused. These headers decide which rule applies, so make sure that only the proxy can reach the gateway.
    #[arg(long, value_name = "PROXY", value_enum, env = "B2C_AUTH_FORWARDED")]
    pub(crate) forwarded: Option<Forwarded>,
    /// For an nginx that does not send the original request: answers as with --forwarded nginx.
    ///
    /// Answers only 200, 401 or 403, as nginx's auth_request requires. The actual status, challenge and body are in x-auth-status, x-auth-challenge and
    /// x-auth-body, from which deploy/nginx restores the response.
    #[arg(long, env = "B2C_AUTH_NGINX")]
    pub(crate) nginx: bool,
    /// Makes the proxy remove the token before the request reaches the service.
    ///
    /// Over gRPC, Envoy can remove a header or a cookie. Over HTTP, envoy and haproxy can remove a header, nginx and caddy only the Authorization header. The
    /// gateway does not start if the proxy cannot remove the token; see deploy/README.md for what to write in the proxy's configuration instead.
    #[arg(long, env = "B2C_AUTH_REMOVE_TOKEN")]
    pub(crate) remove_token: bool,
}

/// The map from a tenant's users to the service's own.
#[derive(Debug, Args)]
pub(crate) struct UserMapArguments {
    /// A map from the tenants' users to the service's own, for services whose users have moved to another tenant: CSV with the columns issuer, user_id and
    /// user, or a JSON array of objects with these fields. Reloaded on SIGHUP.
    ///
    /// The service's user is sent in the header x-auth-user, or in the claim_headers with the value "mapped_user()". A request whose token has no user,
    /// such as a daemon's, passes with this header empty.
    #[arg(long, value_name = "FILE", env = "B2C_AUTH_USER_MAP")]
    pub(crate) user_map: Option<PathBuf>,
    /// What to do with a user who is not in the map: refuse with 403, or pass the request on with the header empty.
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value_t,
        requires = "user_map",
        env = "B2C_AUTH_UNKNOWN_USERS"
    )]
    pub(crate) unknown_users: UnknownUsers,
}

/// What to do with a user who is not in the map.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnknownUsers {
    #[default]
    Refuse,
    PassOn,
}

/// The proxy that sends the original method, host and path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Forwarded {
    Nginx,
    Traefik,
    Caddy,
    Envoy,
    Haproxy,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One line of text per event.
    #[default]
    Text,
    /// One JSON object per event.
    Json,
}

/// Whether the gateway learns the original method, host and path of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OriginalRequest {
    Known,
    Unknown,
}

/// Where the settings come from.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("configuration").required(true).args(["config", "policy", "env"]))]
pub(crate) struct Source {
    /// Settings in TOML.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) config: Option<PathBuf>,
    /// An API Management policy with one validate-jwt or validate-azure-ad-token. Refusals look like API Management's.
    #[arg(long, value_name = "FILE.xml")]
    pub(crate) policy: Option<PathBuf>,
    /// Settings from environment variables such as B2C_AUTH_AUDIENCES and B2C_AUTH_AUTHORITIES__0__TENANT.
    #[arg(long)]
    pub(crate) env: bool,
    #[command(flatten)]
    pub(crate) references: DocumentReferences,
}

impl ProxyArguments {
    /// Whether only 200, 401 and 403 reach the proxy as they are.
    pub(crate) fn is_nginx(&self) -> bool {
        self.nginx || self.forwarded == Some(Forwarded::Nginx)
    }

    /// # Errors
    ///
    /// If the options name two proxies: answers for nginx would be wrong for the other one.
    pub(crate) fn check(&self) -> Result<(), String> {
        let value = match self.forwarded.filter(|_| self.nginx) {
            None | Some(Forwarded::Nginx) => return Ok(()),
            Some(other) => other.to_possible_value(),
        };
        let other = value.as_ref().map_or("", |value| value.get_name());
        Err(format!(
            "--nginx (B2C_AUTH_NGINX) contradicts --forwarded {other} (B2C_AUTH_FORWARDED): for nginx, write --forwarded nginx; for {other}, leave out --nginx"
        ))
    }
}

impl GatewayArguments {
    /// Whether every authorization request contains the original method, host and path.
    pub(crate) fn original_request(&self) -> OriginalRequest {
        match self.listen.is_empty() || self.proxy.forwarded.is_some() {
            true => OriginalRequest::Known,
            false => OriginalRequest::Unknown,
        }
    }

    /// The files that are reloaded, except those that the settings name.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        let Source { config, policy, .. } = &self.source;
        let map = &self.users.user_map;
        let files = [config, policy, map, &self.tls_certificate, &self.tls_key];
        let files = files.into_iter().flatten().map(|file| &**file);
        files.chain(self.source.references.files())
    }
}

#[cfg(not(feature = "grpc"))]
fn without_grpc(_: &str) -> Result<Infallible, &'static str> {
    Err("this b2c-auth was built without the feature grpc; build it with `--features grpc`")
}

/// Names the variable, because clap names the option only.
#[cfg(not(feature = "grpc"))]
fn no_metadata_without_grpc(_: &str) -> Result<Infallible, &'static str> {
    Err(
        "this b2c-auth was built without the feature grpc; leave --metadata-claim and the variable B2C_AUTH_METADATA_CLAIMS out, or build it with `--features grpc`",
    )
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("settings").required(true).args(["file", "env"]))]
pub(crate) struct CheckArguments {
    /// Settings in TOML or an API Management policy, detected by content.
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Settings from environment variables instead.
    #[arg(long)]
    pub(crate) env: bool,
    /// The map of users that the gateway would use.
    #[arg(long, value_name = "FILE", env = "B2C_AUTH_USER_MAP")]
    pub(crate) user_map: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) proxy: ProxyArguments,
    #[command(flatten)]
    pub(crate) references: DocumentReferences,
}

/// In a line that fits into a terminal; clap's would not.
const USAGE: &str = "b2c-auth gateway <--config <TOML>|--policy <XML>|--env> [OPTIONS]";

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn files(arguments: &str) -> Vec<PathBuf> {
        let all = "b2c-auth gateway --listen 127.0.0.1:0".split(' ');
        let cli = Cli::try_parse_from(all.chain(arguments.split(' '))).unwrap();
        let Command::Gateway(arguments) = cli.command else {
            panic!("another command")
        };
        arguments.files().map(Path::to_owned).collect()
    }

    #[test]
    fn every_file_that_the_gateway_reads_is_known() {
        let common = "--user-map users --tls-certificate chain --tls-key key --usage-file written";
        let with_config = files(&format!("{common} --config settings"));
        let with_policy = files(&format!(
            "{common} --policy policy --named-value a=@file --named-value b=value --named-value c=@(x) --certificate id=pem"
        ));
        let expected = |names: &[&str]| -> Vec<_> { names.iter().map(PathBuf::from).collect() };
        assert_eq!(
            with_config,
            expected(&["settings", "users", "chain", "key"])
        );
        assert_eq!(
            with_policy,
            expected(&["policy", "users", "chain", "key", "file", "pem"])
        );
    }
}
