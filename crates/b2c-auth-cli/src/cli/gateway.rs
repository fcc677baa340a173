//! The options of `b2c-auth gateway`, and of `check`, which reads the same configuration.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use super::{Address, PolicyArguments};

#[derive(Debug, Args)]
pub(crate) struct GatewayArguments {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Where proxies ask: any method and path is judged by its headers. May be repeated.
    ///
    /// HOST:PORT, unix:/PATH, or systemd for the next socket that systemd has opened.
    #[arg(long, value_name = "ADDRESS")]
    #[cfg_attr(not(feature = "grpc"), arg(required = true))]
    #[cfg_attr(feature = "grpc", arg(required_unless_present = "grpc_listen"))]
    pub(crate) listen: Vec<Address>,
    /// Where Envoy asks over gRPC: ext_authz, and health checks. May be repeated.
    #[cfg(feature = "grpc")]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) grpc_listen: Vec<Address>,
    /// Where operators ask: /livez, /readyz, /metrics and /migration. Do not expose it. May be repeated.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin_listen: Vec<Address>,
    /// The certificate chain in PEM with which --listen and --grpc-listen speak TLS on TCP; read again at SIGHUP.
    #[arg(long, value_name = "FILE.pem", requires = "tls_key")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The private key of the certificate, in PEM.
    #[arg(long, value_name = "FILE.pem", requires = "tls_certificate")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Answers 200, 401 or 403 only, for nginx's auth_request, with the true status, challenge and body in x-auth-status,
    /// x-auth-challenge and x-auth-body; deploy/nginx turns them back into the answer.
    #[arg(long)]
    pub(crate) nginx: bool,
    /// Keeps the evidence of a migration across restarts: who used which issuer, saved every minute and at the end.
    #[arg(long, value_name = "FILE")]
    pub(crate) usage_file: Option<PathBuf>,
    /// Reads the configuration and the certificate again when their files have changed, for where nobody can send SIGHUP.
    #[arg(long)]
    pub(crate) watch: bool,
    /// How long to serve on after SIGTERM while /readyz says no, so that load balancers notice before the port closes.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = humantime::parse_duration)]
    pub(crate) drain: Duration,
    /// How the log is written to standard error. RUST_LOG says how much of it: info unless set; debug also tells why requests are refused.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line of text for each event.
    #[default]
    Text,
    /// A JSON object for each event.
    Json,
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

impl GatewayArguments {
    /// The files that can be read again.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let Source { config, policy, .. } = &self.source;
        let files = [config, policy, &self.tls_certificate, &self.tls_key];
        files.into_iter().flatten().cloned().collect()
    }
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Settings in TOML, or a policy of API Management; whichever it is.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) references: PolicyArguments,
}
