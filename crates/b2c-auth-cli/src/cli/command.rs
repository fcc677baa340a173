//! The commands.

use clap::{Parser, Subcommand};

use super::{
    CheckArguments, CompletionsArguments, ConvertArguments, EmulatorArguments, GatewayArguments,
    HealthArguments, ManArguments, MigrationReportArguments, TokenArguments,
};

/// Azure AD B2C and Entra External ID: a gateway that verifies tokens, and local tenants to develop against.
#[derive(Debug, Parser)]
#[command(name = "b2c-auth", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Reads a configuration as the gateway would, without starting it.
    ///
    /// Prints what is worth knowing about it. Exit status: 0 it can be used, 1 it cannot; then all mistakes are told.
    Check(CheckArguments),
    /// Prints what lets a shell complete this command.
    Completions(CompletionsArguments),
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
    /// changes nothing. SIGTERM ends it gracefully: it fails its readiness probe, serves on for the drain time, and finishes what it has begun; a
    /// second one, or ctrl-c, ends the drain time.
    Gateway(GatewayArguments),
    /// Asks a gateway's probe, for containers that have nothing else to ask with.
    ///
    /// Exit status: 0 if the answer is 200, otherwise 1.
    Health(HealthArguments),
    /// Writes the manual pages, one for each command.
    Man(ManArguments),
    /// Asks each replica who still uses a legacy issuer, and says whether the legacy issuers can be removed.
    ///
    /// Exit status: 0 safe to remove, 1 keep, 2 not enough evidence or no report from a replica.
    MigrationReport(MigrationReportArguments),
    /// Has a running emulator issue a token, and prints it: an access token with the scopes of the API, unless told otherwise.
    Token(TokenArguments),
}
