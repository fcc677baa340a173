//! The command `b2c-auth`.

mod all_errors;
mod check;
mod cli;
mod completions;
mod configuration;
mod convert;
mod emulator;
mod file;
mod gateway;
mod header_notes;
mod health;
mod log;
mod man;
mod migration_report;
mod named_values;
mod output;
mod signals;
mod token;
mod user_map;
mod validate_jwt;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    all_errors::AllErrors,
    cli::{Cli, Command},
};

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::report(output::NAME, &error);
            return ExitCode::FAILURE;
        }
    };
    let status = runtime.block_on(run());
    // Dropping it would wait for look-ups of host names, which cannot be cancelled.
    runtime.shutdown_background();
    status
}

async fn run() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Emulator(arguments) => emulator::run(arguments).await,
        Command::Gateway(arguments) => gateway::run(arguments).await,
        Command::Health(arguments) => health::run(&arguments).await,
        Command::Man(arguments) => man::run(&arguments),
        Command::MigrationReport(arguments) => migration_report::run(arguments).await,
        Command::Token(arguments) => token::run(arguments).await,
    };
    result.unwrap_or_else(|error| {
        match error.downcast_ref::<AllErrors>() {
            Some(all) => all
                .each()
                .for_each(|error| output::report(output::NAME, error)),
            None => output::report(output::NAME, error.as_ref()),
        }
        ExitCode::FAILURE
    })
}
