//! `b2c-auth convert`: a `validate-jwt` document as TOML.

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use crate::{cli::ConvertArguments, validate_jwt};

pub(crate) fn run(arguments: &ConvertArguments) -> Result<ExitCode, Box<dyn Error>> {
    let converted = validate_jwt::read(&arguments.document, &arguments.references)?;
    io::stdout().write_all(converted.to_toml()?.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
