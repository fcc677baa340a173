//! `b2c-auth man`: manual pages.

use std::{error::Error, process::ExitCode};

use clap::CommandFactory as _;

use crate::cli::{Cli, ManArguments};

pub(crate) fn run(arguments: &ManArguments) -> Result<ExitCode, Box<dyn Error>> {
    let folder = &arguments.folder;
    clap_mangen::generate_to(Cli::command(), folder)
        .map_err(|error| format!("cannot write into {}: {error}", folder.display()))?;
    Ok(ExitCode::SUCCESS)
}
