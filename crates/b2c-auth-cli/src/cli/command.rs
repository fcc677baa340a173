//! The commands.

use clap::{CommandFactory as _, Parser, Subcommand};

use super::{
    CheckArguments, CompletionsArguments, ConvertArguments, EmulatorArguments, GatewayArguments,
    HealthArguments, ManArguments, MigrationReportArguments, TokenArguments,
};

/// Azure AD B2C and Entra External ID: a gateway that verifies tokens, and local tenants to develop against.
#[derive(Debug, Parser)]
#[command(name = "b2c-auth", version, max_term_width = 80)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Reads a configuration as the gateway would, without starting it.
    ///
    /// Prints notes and warnings. Exit status: 0 usable; 1 not, with all mistakes listed.
    Check(CheckArguments),
    /// Prints a completion script for a shell.
    Completions(CompletionsArguments),
    /// Converts an API Management policy, validate-jwt or validate-azure-ad-token, to settings in TOML.
    ///
    /// Comments note every difference. Unsupported parts are refused, with name, line and what to do. The output includes the policy's keys, so keep
    /// it where you keep secrets.
    Convert(ConvertArguments),
    /// Runs local tenants and prints their URLs and a token ready for curl.
    Emulator(EmulatorArguments),
    /// Verifies tokens for a proxy by forward-auth (nginx auth_request, Traefik ForwardAuth, Caddy forward_auth).
    ///
    /// Answers 200 with the configured claim headers, or the refusal. SIGHUP reloads the configuration; a bad one is reported and changes nothing.
    /// SIGTERM stops it gracefully: it fails its readiness probe, keeps serving for the drain time, and finishes the requests under way; a second
    /// one, or ctrl-c, ends the drain time.
    Gateway(GatewayArguments),
    /// Queries a gateway's probe, for containers without curl or a shell.
    ///
    /// Exit status: 0 if the answer is 200, otherwise 1.
    Health(HealthArguments),
    /// Writes the manual pages, one per command.
    Man(ManArguments),
    /// Combines all replicas' reports on who still uses a legacy issuer, and says whether the legacy issuers can be removed.
    ///
    /// Exit status: 0 safe to remove, 1 keep, 2 not enough evidence, no report from a replica, or replicas that count users with different salts.
    MigrationReport(MigrationReportArguments),
    /// Prints a token from a running emulator: by default an access token with the API's scopes.
    Token(TokenArguments),
}

/// The environment variables that set options, of any subcommand.
pub(crate) fn option_variables() -> Vec<String> {
    let command = Cli::command();
    let arguments = command
        .get_subcommands()
        .flat_map(clap::Command::get_arguments);
    let variables = arguments.filter_map(clap::Arg::get_env);
    variables
        .filter_map(|name| name.to_str().map(str::to_owned))
        .collect()
}
