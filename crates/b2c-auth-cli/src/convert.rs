//! `b2c-auth convert`: an API Management policy as TOML.

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use crate::{cli::ConvertArguments, policy};

pub(crate) fn run(arguments: &ConvertArguments) -> Result<ExitCode, Box<dyn Error>> {
    let converted = policy::read(&arguments.policy, &arguments.references)?;
    io::stdout().write_all(converted.to_toml()?.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
