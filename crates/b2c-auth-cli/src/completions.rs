//! `b2c-auth completions`: a shell's completion script.

use std::{error::Error, process::ExitCode};

use clap::CommandFactory as _;

use crate::{
    cli::{Cli, CompletionsArguments},
    output,
};

pub(crate) fn run(arguments: &CompletionsArguments) -> Result<ExitCode, Box<dyn Error>> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Cli::command(),
        "b2c-auth",
        &mut script,
    );
    output::print(&String::from_utf8(script)?)?;
    Ok(ExitCode::SUCCESS)
}
