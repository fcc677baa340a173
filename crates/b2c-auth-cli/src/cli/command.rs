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
    /// Checks a configuration without starting the gateway.
    ///
    /// Prints notes and warnings, or all mistakes. Exit status: 0 if the gateway could use the configuration, otherwise 1.
    Check(CheckArguments),
    /// Prints a completion script for a shell.
    Completions(CompletionsArguments),
    /// Converts an API Management policy (validate-jwt or validate-azure-ad-token) to settings in TOML.
    ///
    /// Comments in the output say how parts of this policy work in the gateway; docs/coming-from-api-management.md has every difference. An unsupported part
    /// is an error, with its name, its line and what to do. If the settings cannot be used as they are, they are printed for you to correct, the mistakes
    /// and their lines in the output are listed on standard error, and the exit status is 1. The output contains the policy's keys: store it like a secret,
    /// and run check on it.
    Convert(ConvertArguments),
    /// Runs local tenants. Prints their URLs and, for curl, tokens of the first tenant and its first user.
    Emulator(EmulatorArguments),
    /// Verifies tokens for a proxy by forward-auth (nginx auth_request, Traefik ForwardAuth, Caddy forward_auth).
    ///
    /// Answers with 200 and the configured claim headers, or with the refusal. On SIGHUP, it reloads the configuration; if the new one is invalid, it logs
    /// the mistakes and keeps the old one. Even then, if the new one can be read, the keys that it lists in forgotten_keys are refused. On SIGTERM, it fails
    /// its readiness probe, keeps serving for the drain time and finishes running requests; a second SIGTERM or ctrl-c ends the drain time.
    Gateway(GatewayArguments),
    /// Queries a gateway's probe, for containers without curl or a shell.
    ///
    /// Exit status: 0 if the probe answers 200, otherwise 1.
    Health(HealthArguments),
    /// Writes a manual page for each command.
    Man(ManArguments),
    /// Combines the replicas' reports on who still uses a legacy issuer, and says whether the legacy issuers can be removed.
    ///
    /// Exit status: 0 if they can be removed; 1 if they are still used; 2 if that is unknown, because the replicas count users with different salts,
    /// because the report cannot be printed, or because no use of the legacy issuers is known but the evidence is not enough or a report is missing.
    MigrationReport(MigrationReportArguments),
    /// Prints a token from a running emulator. By default, an access token with the API's scopes.
    ///
    /// Its user is the tenant's first one whose tenant_id is not set, or else Alex, in either case without roles. Its client is 00001111-aaaa-2222-bbbb-3333cccc4444, whatever applications the tenant has;
    /// for another, give --claim azp=ID or, for Entra ID's version 1.0, --claim appid=ID.
    Token(TokenArguments),
}

/// The environment variables that set options, of any subcommand. Those of the gateway begin with `B2C_AUTH_`, like the settings beside them. The others
/// must not, because a service refuses settings that it does not know.
pub(crate) fn option_variables() -> Vec<String> {
    let command = Cli::command();
    command.get_subcommands().flat_map(variables_of).collect()
}

fn variables_of(command: &clap::Command) -> impl Iterator<Item = String> {
    let variables = command.get_arguments().filter_map(clap::Arg::get_env);
    variables.filter_map(|name| name.to_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use tower_b2c_auth::{Settings, apim::named_value_variable};

    use super::*;

    /// The bug: a service did not start if a developer had exported the emulator's URL or a named value, which looked like settings.
    #[test]
    fn only_the_gateways_variables_stop_a_service() {
        let mut known = vec![("convert", named_value_variable("api-key"))];
        let command = Cli::command();
        for command in command.get_subcommands() {
            known.extend(variables_of(command).map(|name| (command.get_name(), name)));
        }
        for (command, name) in known {
            let settings = Settings::from_variables([(&name, "")]);
            let is_the_gateways = matches!(command, "gateway" | "check");
            assert_eq!(settings.is_err(), is_the_gateways, "{command}: {name}");
        }
    }
}
